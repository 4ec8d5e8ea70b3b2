"""Reading a task's labelled examples: `examples.jsonl`, and `examples.*.jsonl` beside it.

`untuned cases TASK --examples` writes what people decided into `examples.decided.jsonl`.
"""

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
DECIDED = "examples.decided.jsonl"
PATTERN = "examples*.jsonl"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled past message; `file` and `line`, from 1, are where it stands, `visible_to` as in `entry.Entry`."""

    id: str
    input: Mapping[str, Any]
    answer: Mapping[str, Any]
    line: int
    visible_to: tuple[str, ...] = ()
    file: str = EXAMPLES


def files(task: Path) -> tuple[str, ...]:
    """The names of the files in a task's folder that hold labelled examples: the task's own first."""
    found = sorted(path.name for path in task.glob(PATTERN) if path.is_file())
    return tuple(sorted(found, key=lambda name: name != EXAMPLES))


def read_examples(task: Path, shown: str) -> tuple[Example, ...]:
    """All labelled examples of a task, in the order of the files and their lines.

    Args:
        task: the task's folder.
        shown: how messages name that folder, e.g. `tasks/ticket-triage`.

    Raises:
        DefinitionError: there is no file or no example in any, a line is none, or two have the same id; with the line.
    """
    found: dict[str, Example] = {}
    for name in files(task) or (EXAMPLES,):
        for example in _read(task / name, f"{shown}/{name}"):
            if (other := found.get(example.id)) is not None:
                place = f"line {other.line}" if other.file == name else f"line {other.line} of {other.file}"
                problem = f"the id {example.id!r} stands on {place} too"
                raise errors.DefinitionError(f"{shown}/{name}", problem, example.line)
            found[example.id] = example
    if not found:
        raise errors.DefinitionError(f"{shown}/{EXAMPLES}", "no examples in it")
    return tuple(found.values())


def _read(path: Path, shown: str) -> Iterator[Example]:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        hint = 'put one {"id": …, "input": {…}, "answer": {…}} a line there'
        raise errors.DefinitionError(shown, f"no such file; {hint}") from error
    except OSError as error:
        raise errors.DefinitionError(shown, f"cannot be read: {error.strerror}") from error
    for line, text in enumerate(decode.text(content, shown).split("\n"), start=1):
        if text.strip():
            yield _parse(text, shown, line)


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
        seen_by = visible_to(found.get(VISIBLE_TO, ()))
        return Example(name, given, answer, line, seen_by, path.rpartition("/")[2])
    except ValueError as error:
        raise errors.DefinitionError(path, str(error), line) from error
