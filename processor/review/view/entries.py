"""Messages of the four topics -> what the view notes of them; pure but for `read`, which may ask the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from processor.core import errors
from processor.core.records import Action, Ruling, Violation
from processor.core.wire import headers, incoming, plain
from processor.review.values import Key

if TYPE_CHECKING:
    from processor.core.records import Message, Origin

Kind = Literal["review", "decisions", "leases", "results"]
Read = Callable[["Message"], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Sent:
    """An event, or bytes, came to review."""

    key: Key
    message: Message
    record: Mapping[str, Any]

    @property
    def attributes(self) -> Mapping[str, str]:
        """The event's; of bytes none."""
        event = self.record.get("event")
        return {} if event is None else event["attributes"]

    @property
    def came(self) -> tuple[Any, ...]:
        """What came in: the event's input and attributes, or the bytes."""
        event = self.record.get("event") or {}
        return event.get("input"), dict(self.attributes), self.record.get("raw")

    @property
    def rules(self) -> tuple[str, ...]:
        """What its last answer violates, each once."""
        return tuple(dict.fromkeys(each["rule"] for each in self.record["violations"]))

    @property
    def is_audit(self) -> bool:
        """Whether it passed, and is looked at as a sample."""
        return self.record.get("inclusion") is not None


@dataclass(frozen=True, slots=True)
class Ruled:
    """A reviewer decided."""

    ruling: Ruling
    origin: Origin

    @property
    def key(self) -> Key:
        """What it is about."""
        return Key(self.ruling.task, self.ruling.event_id, self.ruling.replay)


@dataclass(frozen=True, slots=True)
class Leased:
    """A reviewer took an item, or gave it back."""

    key: Key
    by: str
    seconds: float
    at_ms: int


@dataclass(frozen=True, slots=True)
class Done:
    """An event has a result."""

    key: Key
    at_ms: int


Entry = Sent | Ruled | Leased | Done


def build(kind: Kind, message: Message, read: Read) -> Entry | None:
    """What a message says; None where it is none that untuned wrote: everybody may write to a topic.

    Raises:
        Unavailable, Misconfigured: as `read`.
    """
    if kind == "results":
        return _done(message)
    try:
        record = read(message)
        return _BUILD[kind](message, record)
    except (errors.Refused, LookupError, ArithmeticError, TypeError, ValueError, AttributeError):
        return None


def ruling(record: Mapping[str, Any], fallback_id: str = "") -> Ruling:
    """A ruling out of its record.

    Args:
        record: as `read` gives it.
        fallback_id: where the record has none.

    Raises:
        LookupError, TypeError, ValueError: it is not one that untuned wrote.
    """
    at = plain.time(record["decided_at"])
    if at is None:
        raise ValueError("it has no time")
    answer = record["answer"]
    inclusion = record.get("inclusion")
    return Ruling(
        id=str(record.get("id") or fallback_id),
        event_id=_text(record["event_id"]),
        task=_text(record["task"]),
        replay=int(record.get("replay", 0)),
        by=_text(record["decided_by"]),
        action=Action(record["action"]),
        answer=answer if isinstance(answer, dict) else None,
        note=_text(record.get("note", "")),
        at=at,
        seconds=float(record["seconds"]),
        overridden=tuple(Violation(**each) for each in record.get("overridden", ())),
        blind=record.get("blind") is True,
        inclusion=None if inclusion is None else float(inclusion),
    )


def _sent(message: Message, record: Mapping[str, Any]) -> Sent:
    given = record["event"]
    replay = headers.replay(message.headers)
    if given is None:
        key = Key("", str(incoming.origin(record["origin"])), replay)
    else:
        event = incoming.event(given)
        key = Key(event.task, event.id, replay)
    made = Sent(key, message, record)
    # What rows and pages are made of must be there, and of its kind.
    _text(record["reason"])
    if not all(isinstance(name, str) for name in (*made.rules, *made.attributes, *made.attributes.values())):
        raise ValueError("it is not a review record")
    if made.is_audit:
        float(record["inclusion"])
    return made


def _ruled(message: Message, record: Mapping[str, Any]) -> Ruled:
    return Ruled(ruling(record, str(message.origin)), message.origin)


def _leased(message: Message, record: Mapping[str, Any]) -> Leased:
    key = Key(_text(record["task"]), _text(record["event_id"]), int(record["replay"]))
    return Leased(key, _text(record["held_by"]), float(record["seconds"]), message.origin.timestamp_ms)


def _done(message: Message) -> Done | None:
    named = headers.event(message.headers)
    if named is None:
        return None
    return Done(Key(*named, headers.replay(message.headers)), message.origin.timestamp_ms)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("it is not a string")
    return value


_BUILD: Mapping[str, Callable[[Message, Mapping[str, Any]], Entry]] = {
    "review": _sent,
    "decisions": _ruled,
    "leases": _leased,
}
