"""What follows from a ruling, as a message; and whether it is on its topic."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from processor.adapters import reading
from processor.core.files.producer_record import ProducerRecord
from processor.core.records import Result, Retry
from processor.core.wire import headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.adapters.wire import Wire
    from processor.config import Settings
    from processor.core.records import Ruling
    from processor.core.task import Task
    from processor.review.values import Item

Name = Literal["result", "retry", "again"]
Follow = Callable[["Item", "Ruling", "Task | None"], Result | Retry | ProducerRecord | None]

Mark = tuple[bytes | str, ...]

MARGIN_MS = 60_000
"""Milliseconds that a topic is read from before the ruling: brokers' clocks differ."""


_RETRY = re.compile(rb":retry:[0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Trace:
    """What an outcome is known by: of many, this is kept instead of their messages.

    `mark` is the same for equal outcomes, whoever published them; that of a model's result is another one. A retry's
    does not heed the step: where the task has got other ones meanwhile, it is the same retry.
    """

    name: Name
    topic: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message that follows from a ruling. `topic` is the full name."""

    name: Name
    topic: str
    key: bytes | None
    value: bytes
    headers: headers.Headers

    @property
    def trace(self) -> Trace:
        """What it is known by where it was published."""
        return Trace(self.name, self.topic, _mark(self.topic, self.value, self.headers))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Makes outcomes, and looks for them; may wait for the schema registry and for Kafka."""

    settings: Settings
    wire: Wire
    task: Callable[[str], Task | None]
    follow: Follow

    def of(self, item: Item, ruling: Ruling) -> Outcome | None:
        """What is to be published; None where nothing is.

        Raises:
            Unavailable, Misconfigured: the schema registry is away or refuses it.
            ValueError: the answer no longer fits the task's schema.
        """
        made = self.follow(item, ruling, self.task(item.key.task))
        if made is None:
            return None
        if isinstance(made, ProducerRecord):
            return Outcome("again", self.settings.topic("tasks"), made.key, made.value, made.headers)
        out = self.wire.encode(made, now=ruling.at)
        name: Name = "result" if isinstance(made, Result) else "retry"
        return Outcome(name, self.settings.topic(out.kind), out.key, out.value, out.headers)

    def there(self, wanted: Sequence[Trace], since_ms: int) -> set[Mark]:
        """The marks of those that are on their topics since then.

        Raises:
            Unavailable, Misconfigured: as `reading.Tail`.
        """
        found: set[Mark] = set()
        for topic in {each.topic for each in wanted}:
            marks = {each.mark for each in wanted if each.topic == topic}
            found |= self._found(topic, marks, since_ms)
        return found

    def _found(self, topic: str, marks: Iterable[Mark], since_ms: int) -> set[Mark]:
        left, found = set(marks), set()
        with reading.Tail(self.settings, [topic], since_ms - MARGIN_MS) as tail:
            for message in tail.rest():
                mark = _mark(topic, message.value or b"", message.headers)
                if mark in left:
                    left.remove(mark)
                    found.add(mark)
                if not left:
                    break
        return found


def _mark(topic: str, value: bytes, given: headers.Headers) -> Mark:
    named = dict(given)
    identity = named.get("ce_id")
    what = value if identity is None else _RETRY.sub(b":retry", identity)  # bytes that are no event have no name
    return (topic, named.get(headers.TASK, b""), *map(str, headers.rank(given)), what)
