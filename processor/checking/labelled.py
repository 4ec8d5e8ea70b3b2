"""The labelled messages of a task's folder.

`examples.jsonl`, others like it (`examples.decided.jsonl`) and `cases.jsonl` hold right answers. Answers made up to be
wrong stand in `counterexamples.jsonl`, each with the rules that must object: `{"id": …, "input": {…}, "answer": {…},
"breaks": ["rule_name"]}`; with `[]` the answer is right, and no rule may object.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.wire import strict_json
from processor.knowledge import examples
from processor.knowledge.formats import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CASES = "cases.jsonl"
COUNTEREXAMPLES = "counterexamples.jsonl"

_ANSWER = {CASES: "expected", COUNTEREXAMPLES: "answer"}
"""The files beside those of examples, and the field of each that holds the answer."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled message.

    Attributes:
        path: of its file inside the project.
        line: counted from 1.
        id: unique in its file.
        input: the event's input.
        answer: the answer, or the part of it that is labelled.
        breaks: the rules that must object; None in a file of right answers.
        attributes: of the event.
    """

    path: str
    line: int
    id: str
    input: Mapping[str, Any]
    answer: Mapping[str, Any]
    breaks: tuple[str, ...] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_example(self) -> bool:
        """Whether it may be retrieved for others, and for itself."""
        return fnmatch.fnmatchcase(self.file, examples.PATTERN)

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.path.rpartition("/")[2]


def read(root: Path, task: str) -> tuple[Labelled, ...]:
    """All labelled messages of a task; a file that is not there holds none.

    Raises:
        DefinitionError: a line is no labelled message, or has an id that another has; with its line.
    """
    answers = dict.fromkeys(examples.files(root / "tasks" / task), "answer") | _ANSWER
    return tuple(each for name, answer in answers.items() for each in _file(root, f"tasks/{task}/{name}", answer))


def _file(root: Path, path: str, answer: str) -> Iterator[Labelled]:
    try:
        content = (root / path).read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
    lines: dict[str, int] = {}
    for line, text in enumerate(decode.text(content, path).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            found = _parse(strict_json.loads(text), path, line, answer)
        except ValueError as error:
            raise errors.DefinitionError(path, str(error), line) from error
        if found.id in lines:
            raise errors.DefinitionError(path, f"the id {found.id!r} stands on line {lines[found.id]} too", line)
        lines[found.id] = line
        yield found


def _parse(found: Any, path: str, line: int, answer: str) -> Labelled:
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one kind of error for all that is no labelled message
    name, given, label = found.get("id"), found.get("input"), found.get(answer)
    if not isinstance(name, str) or not name:
        raise ValueError("`id` must be a string that is not empty")
    if not isinstance(given, dict) or not isinstance(label, dict):
        raise ValueError(f"`input` and `{answer}` must be JSON objects")  # noqa: TRY004 - as above
    attributes = found.get("attributes", {})
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise ValueError("`attributes` must be an object of texts")
    breaks = found.get("breaks")
    if path.endswith(f"/{COUNTEREXAMPLES}"):
        if not isinstance(breaks, list) or not all(isinstance(rule, str) for rule in breaks):
            raise ValueError("`breaks` must be a list of rules' names, [] for an answer that is right")
        breaks = tuple(breaks)
    return Labelled(path, line, name, given, label, breaks, attributes)
