"""Reading a task's labelled examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.wire import strict_json
from processor.knowledge.formats import decode
from processor.knowledge.piece import VISIBLE_TO, visible_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EXAMPLES = "examples.jsonl"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled past message; `line` is counted from 1, `visible_to` as in `entry.Entry`."""

    id: str
    input: Mapping[str, Any]
    answer: Mapping[str, Any]
    line: int
    visible_to: tuple[str, ...] = ()


def read_examples(task: Path, shown: str) -> tuple[Example, ...]:
    """All labelled examples of a task, in their order.

    Args:
        task: the task's folder.
        shown: how messages name that folder, e.g. `tasks/ticket-triage`.

    Raises:
        DefinitionError: there is no file or no example in it, or a line that is none; with the line.
    """
    path = f"{shown}/{EXAMPLES}"
    try:
        content = (task / EXAMPLES).read_bytes()
    except FileNotFoundError as error:
        hint = 'put one {"id": …, "input": {…}, "answer": {…}} a line there'
        raise errors.DefinitionError(path, f"no such file; {hint}") from error
    except OSError as error:
        raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
    examples = tuple(_parse_all(decode.text(content, path), path))
    if not examples:
        raise errors.DefinitionError(path, "no examples in it")
    return examples


def _parse_all(text: str, path: str) -> Iterator[Example]:
    lines: dict[str, int] = {}
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        example = _parse(content, path, line)
        if example.id in lines:
            raise errors.DefinitionError(path, f"the id {example.id!r} stands on line {lines[example.id]} too", line)
        lines[example.id] = line
        yield example


def _parse(content: str, path: str, line: int) -> Example:
    try:
        found = strict_json.loads(content)
    except ValueError as error:
        raise errors.DefinitionError(path, f"not JSON: {error}", line) from error
    if not isinstance(found, dict):
        raise errors.DefinitionError(path, "not a JSON object", line)
    name, given, answer = found.get("id"), found.get("input"), found.get("answer")
    if not isinstance(name, str) or not name:
        raise errors.DefinitionError(path, "`id` must be a string that is not empty", line)
    if not isinstance(given, dict) or not isinstance(answer, dict):
        raise errors.DefinitionError(path, "`input` and `answer` must be JSON objects", line)
    try:
        return Example(name, given, answer, line, visible_to(found.get(VISIBLE_TO, ())))
    except ValueError as error:
        raise errors.DefinitionError(path, str(error), line) from error
