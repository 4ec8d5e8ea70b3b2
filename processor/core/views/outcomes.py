"""What stands on the results, retry and review topics, decoded, each once, and as rows for people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.records import Reason
from processor.core.views import display
from processor.core.wire import headers, plain

if TYPE_CHECKING:
    from processor.core.records import Message

Read = Callable[["Message"], Mapping[str, Any]]
"""Decodes a message into a record in the shape of schemas/envelope.*.avsc."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message with its record. Where it cannot be decoded, `record` is empty and `unreadable` says why."""

    message: Message
    record: Mapping[str, Any]
    unreadable: str = ""

    @property
    def identity(self) -> str:
        """What two deliveries of the same outcome have in common: the `ce_id` header, else the place in the topic."""
        return next(
            (value.decode("utf-8", "replace") for name, value in self.message.headers if name == "ce_id"),
            str(self.message.origin),
        )

    @property
    def key(self) -> tuple[str, str]:
        """The identity among all tasks: two of them may have events of the same id."""
        return self.task, self.identity

    @property
    def event_id(self) -> str:
        """The event's id; for what has none, where its message stood, `untuned.tasks/0/7`."""
        return str(self.record.get("event_id") or self._event.get("id") or self._place)

    @property
    def task(self) -> str:
        """The event's task; empty where it is not known."""
        return str(self.record.get("task") or self._event.get("task") or "")

    @property
    def _place(self) -> str:
        found = self.record.get("origin")
        if isinstance(found, Mapping):
            return "/".join(str(found.get(name)) for name in ("topic", "partition", "offset"))
        return str(self.message.origin)

    @property
    def _event(self) -> Mapping[str, Any]:
        found = self.record.get("event")
        return found if isinstance(found, Mapping) else {}


def decode(message: Message, read: Read) -> Outcome:
    """Decode a message; one that cannot be decoded is an outcome, too."""
    try:
        return Outcome(message, read(message))
    except errors.Refused as error:
        return Outcome(message, {}, str(error))


class Latest:
    """The last outcome of each key, and how many repeats there were: a worker that is restarted repeats some."""

    def __init__(self, limit: int | None = None) -> None:
        """Keep the newest `limit` outcomes, or all."""
        self.repeats = 0
        self._limit = limit
        self._seen: set[tuple[str, str]] = set()
        self._kept: dict[tuple[str, str], Outcome] = {}

    @property
    def count(self) -> int:
        """How many different outcomes there were."""
        return len(self._seen)

    def is_repeat(self, outcome: Outcome) -> bool:
        """Whether the same outcome was there before; counts it."""
        repeat = outcome.key in self._seen
        self._seen.add(outcome.key)
        self.repeats += repeat
        return repeat

    def add(self, outcome: Outcome) -> None:
        """Take an outcome in, in place of an earlier one of the same key; one of lower rank is late."""
        self.is_repeat(outcome)
        before = self._kept.get(outcome.key, outcome)
        if headers.rank(outcome.message.headers) < headers.rank(before.message.headers):
            return
        self._kept.pop(outcome.key, None)
        self._kept[outcome.key] = outcome
        if self._limit is not None and len(self._kept) > 2 * self._limit + 1000:
            self._kept = {outcome.key: outcome for outcome in self.outcomes()}

    def outcomes(self) -> list[Outcome]:
        """What is kept, oldest first by the broker's time."""
        ordered = sorted(self._kept.values(), key=_age)
        return ordered if self._limit is None else ordered[len(ordered) - min(self._limit, len(ordered)) :]


def is_decided(item: Outcome, ruled: Collection[tuple[str, str, int, bool]]) -> bool:
    """Whether somebody has decided a review item.

    A blind check of what another reviewer decided does not settle it; of an audit there is nothing else.

    Args:
        item: what stands on the review topic.
        ruled: task, event id, replay and whether it was a blind check, of all decisions.
    """
    of = (item.task, item.event_id, headers.replay(item.message.headers))
    return (*of, False) in ruled or (item.record.get("reason") == Reason.AUDIT and (*of, True) in ruled)


def as_json(outcome: Outcome) -> str:
    """One line of JSON: the record's fields, and where the message stands. Bytes are base64, times RFC 3339."""
    origin = outcome.message.origin
    place = {
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "timestamp_ms": origin.timestamp_ms,
        "id": outcome.identity,
    }
    fields: dict[str, Any] = {**outcome.record, "message": place}
    if outcome.unreadable:
        fields |= {"unreadable": outcome.unreadable, "raw": outcome.message.value}
    return json_text(fields)


def _age(outcome: Outcome) -> tuple[int, str, int, int]:
    origin = outcome.message.origin
    return origin.timestamp_ms, origin.topic, origin.partition, origin.offset


def json_text(value: Any) -> str:
    """JSON text of a value of a record, safe to print."""
    return display.safe_json(plain.text(value))
