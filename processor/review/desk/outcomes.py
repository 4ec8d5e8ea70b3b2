"""What follows from a ruling, as a message; and whether it is on its topic."""

from __future__ import annotations

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

MARGIN_MS = 60_000
"""Milliseconds that a topic is read from before the ruling: brokers' clocks differ."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message that follows from a ruling. `topic` is the full name."""

    name: Name
    topic: str
    key: bytes | None
    value: bytes
    headers: headers.Headers

    @property
    def mark(self) -> tuple[bytes | str, ...]:
        """The same for equal outcomes, whoever published them. That of a model's result is another one."""
        return _mark(self.topic, self.value, self.headers)


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

    def there(self, wanted: Sequence[Outcome], since_ms: int) -> set[tuple[bytes | str, ...]]:
        """The marks of those that are on their topics since then.

        Raises:
            Unavailable, Misconfigured: as `reading.Tail`.
        """
        found: set[tuple[bytes | str, ...]] = set()
        for topic in {outcome.topic for outcome in wanted}:
            marks = {outcome.mark for outcome in wanted if outcome.topic == topic}
            found |= self._found(topic, marks, since_ms)
        return found

    def _found(
        self, topic: str, marks: Iterable[tuple[bytes | str, ...]], since_ms: int
    ) -> set[tuple[bytes | str, ...]]:
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


def _mark(topic: str, value: bytes, given: headers.Headers) -> tuple[bytes | str, ...]:
    named = dict(given)
    identity = named.get("ce_id")
    what = value if identity is None else identity  # bytes that are no event have no name
    return (topic, named.get(headers.TASK, b""), *map(str, headers.rank(given)), what)
