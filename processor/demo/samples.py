"""What a demo sends: messages with ids of this run alone, most of them with the answer that would be right."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.files import producer_record
from processor.core.files.producer_record import ProducerRecord
from processor.core.wire import incoming, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from processor.core.records import Event

FILE = "demo.jsonl"


@dataclass(frozen=True, slots=True)
class Sample:
    """One message to be produced.

    Attributes:
        task: what it is for.
        record: the message. Its key is no other message's, of whatever run, and where it is an event, the event's id.
        is_event: whether the bytes are an event.
        expected: the right answer, as far as it is labelled.
        text: what people are shown of it; as hostile as it comes.
        short: it is sent where several tasks are shown, too.
    """

    task: str
    record: ProducerRecord
    is_event: bool
    expected: Mapping[str, Any]
    text: str
    short: bool = False

    @property
    def key(self) -> str:
        """The message key as text; empty without one."""
        return (self.record.key or b"").decode()


def of_event(event: Event, number: int, expected: Mapping[str, Any]) -> Sample:
    """A sample of an event; `number` counts the run's messages from 1."""
    given = event.input.get("text")
    text = given if isinstance(given, str) else json.dumps(event.input, ensure_ascii=False)
    return Sample(event.task, producer_record.build(event, number), is_event=True, expected=expected, text=text)


def read(project: Path, task: str, run: str, start: int = 1) -> tuple[Sample, ...]:
    """The samples of a task's demo.jsonl.

    A line is `{"id": …, "input": {…}, "expected": {…} or null, "note": …}`, or for bytes that are no event
    `{"raw": "text", "note": …}`; `"short": true` marks those that are sent where several tasks are shown.

    Args:
        project: the project's folder.
        task: the task's name.
        run: what sets this run's ids apart from all others.
        start: the number of the first message.

    Raises:
        DefinitionError: the file is missing or a line is neither; with its line.
    """
    path = f"tasks/{task}/{FILE}"
    try:
        content = (project / path).read_bytes()
    except OSError as error:
        raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
    found: list[Sample] = []
    for line, text in enumerate(content.split(b"\n"), start=1):
        if text.strip():
            try:
                fields = strict_json.loads(text)
                sample = _sample(fields, task, run, start + len(found))
                found.append(dataclasses.replace(sample, short=fields.get("short") is True))
            except ValueError as error:
                raise errors.DefinitionError(path, str(error), line) from error
    _refuse_twice(found, path)
    return tuple(found)


def _sample(fields: Any, task: str, run: str, number: int) -> Sample:
    if isinstance(fields, dict) and isinstance(fields.get("raw"), str):
        raw = fields["raw"]
        record = ProducerRecord(number, f"raw-{number}-{run}".encode(), raw.encode())
        return Sample(task, record, is_event=False, expected={}, text=raw)
    event = incoming.event({**fields, "task": task} if isinstance(fields, dict) else fields)
    expected = fields.get("expected") or {}
    if not isinstance(expected, dict):
        raise ValueError("its `expected` is not an object")  # noqa: TRY004 - one kind of error for all that is wrong
    named = incoming.event({**fields, "task": task, "id": f"{event.id}-{run}"})
    return of_event(named, number, expected)


def _refuse_twice(samples: list[Sample], path: str) -> None:
    twice = [key for key, count in Counter(sample.key for sample in samples).items() if count > 1]
    if twice:
        raise errors.DefinitionError(path, f"two lines have the same id: {twice[0].rpartition('-')[0]}")
