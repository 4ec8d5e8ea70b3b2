"""Messages of the four topics -> what the view notes of them; pure but for `read`, which may ask the registry."""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from processor.core import errors
from processor.core.records import Action, Ruling, Violation
from processor.core.wire import headers, incoming, plain
from processor.review.values import Key

if TYPE_CHECKING:
    from processor.core.records import Message, Origin

DAY = 86400.0

VIOLATION = ("path", "rule", "message", "found", "expected")
PASSAGE = ("id", "kind", "source", "title", "text", "content_hash")
"""Texts that each of a record's violations, and of its passages, has."""

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
    except (errors.Unavailable, errors.Misconfigured):
        raise
    except Exception:  # noqa: BLE001 - one strange message, whatever it brings up, must not end the view
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
        seconds=_seconds(record["seconds"]),
        overridden=tuple(
            Violation(**{name: _text(each[name]) for name in VIOLATION}) for each in record.get("overridden", ())
        ),
        blind=record.get("blind") is True,
        inclusion=None if inclusion is None else float(inclusion),
    )


def _seconds(given: Any) -> float:
    """How long somebody looked, within what `deciding.weigh` allows: others may have written it."""
    found = float(given)
    return min(max(found, 0.0), DAY) if math.isfinite(found) else 0.0


def _sent(message: Message, record: Mapping[str, Any]) -> Sent:
    given = record["event"]
    replay = headers.replay(message.headers)
    if given is None:
        key = Key("", str(incoming.origin(record["origin"])), replay)
    else:
        event = incoming.event(given)
        key = Key(event.task, event.id, replay)
    made = Sent(key, message, record)
    _check(record)
    if not all(isinstance(name, str) for name in (*made.attributes, *made.attributes.values())):
        raise ValueError("it is not a review record")
    if made.is_audit and not 0 < float(record["inclusion"]) <= 1:
        raise ValueError("its inclusion is no probability")
    return made


def _check(record: Mapping[str, Any]) -> None:
    """What rows, pages, figures and outcomes are made of is there, and of its kind.

    Raises:
        LookupError, ArithmeticError, TypeError, ValueError, AttributeError: it is not.
    """
    incoming.origin(record["origin"])
    incoming.origin(record["first"])
    for each in record["attempts"]:
        incoming.attempt(each)
    lines = [record["reason"], record["detail"], *record["passages_cut"], *record["durations_ms"]]
    for each in record["violations"]:
        lines += [each[name] for name in VIOLATION]
    for each in record["passages"]:
        lines += [*(each[name] for name in PASSAGE), *(each.get("columns") or ())]
        float(each["score"])
    for line in lines:
        _text(line)
    for name in ("version", "raw", "cost_usd"):
        if record[name] is not None:
            _text(record[name])
    if record["cost_usd"] is not None and not Decimal(record["cost_usd"]).is_finite():
        raise ValueError("its cost is no number")
    if record.get("prompt") is not None:
        _check_size(record["prompt"])
    sum(map(float, record["durations_ms"].values()))
    b64decode(record["raw"] or "", validate=True)


def _check_size(record: Mapping[str, Any]) -> None:
    _text(record["counted_by"])
    for part in record["parts"]:
        _text(part["name"])
        if not all(isinstance(part[name], int) for name in ("tokens", "cut")):
            raise TypeError("its parts are not counted")


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
