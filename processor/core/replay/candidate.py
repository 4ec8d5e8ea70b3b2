"""What stands on a topic, as what might be replayed: without its body, so that a long topic fits into memory."""

from __future__ import annotations

import dataclasses
import hashlib
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from processor.core.records import Reason
from processor.core.views import outcomes
from processor.core.wire import headers, incoming

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Message, Origin
    from processor.core.views.outcomes import Read

Source = Literal["review", "results", "retry", "tasks"]

Key = tuple[str, str]
"""The same for all that is the same work: task and event id, or a digest of bytes that are no event."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event that might be sent through again.

    Attributes:
        key: what work it is.
        name: the event's id; for bytes that are no event, where they stood first.
        reason: of a review item, or a retry's violated rules with commas between; else empty.
        replay: how often the event was replayed before.
        stands: where the outcome stands.
        kept: where the message stands that is to be sent, or that holds the event.
        passed: whether it is an audit: nothing was wrong with it.
    """

    key: Key
    name: str
    reason: str
    replay: int
    stands: Origin
    kept: Origin
    passed: bool = False

    @property
    def task(self) -> str:
        """The event's task; empty for bytes that are no event."""
        return self.key[0]


def build(source: Source, message: Message, read: Read) -> Candidate | None:
    """The candidate that a message of the source's topic is; None where it holds nothing that could be sent.

    Raises:
        Unavailable, Misconfigured: as `read`.
    """
    found = _build(source, message, read)
    if found is not None and source == "review" and found.reason == Reason.AUDIT:
        return dataclasses.replace(found, passed=True)
    return found


def _build(source: Source, message: Message, read: Read) -> Candidate | None:
    if source == "tasks":
        return _as_it_came(message, message.value, str(message.origin), read)
    named = headers.event(message.headers)
    if named is not None and source != "results":  # decoding a long topic takes ten times as long
        return Candidate(named, named[1], *_about(message), message.origin)
    outcome = outcomes.decode(message, read)
    if source == "results":
        return _result(outcome)
    found = event_of(outcome.record)
    if found is not None:
        return _candidate(message, found)
    return _as_it_came(message, raw_of(outcome.record), outcome.event_id, read)


def event_of(record: Mapping[str, Any]) -> Event | None:
    """The event in a record of the review or the retry topic."""
    return _parsed(record.get("event"))


def retried_in(raw: Message, read: Read) -> Event | None:
    """The event where the bytes are a retry's record: the tasks topic takes the event, not the record."""
    record = outcomes.decode(raw, read).record
    return event_of(record) if {"attempt", "first"} <= record.keys() else None


def raw_of(record: Mapping[str, Any]) -> bytes | None:
    """The bytes in a review item that could not be decoded."""
    given = record.get("raw")
    try:
        return b64decode(given, validate=True) if isinstance(given, str) else None
    except ValueError:
        return None


def _as_it_came(message: Message, value: bytes | None, name: str, read: Read) -> Candidate | None:
    """Bytes as they were sent. They may be readable by now: their schema was missing, say."""
    if value is None:
        return None
    raw = dataclasses.replace(message, value=value)
    found = _parsed(outcomes.decode(raw, read).record) or retried_in(raw, read)
    if found is not None:
        return _candidate(message, found)
    return Candidate(("", hashlib.sha256(value).hexdigest()), name, *_about(message), message.origin)


def _result(outcome: outcomes.Outcome) -> Candidate | None:
    """A result holds no input: its event is where it was first produced."""
    try:
        kept = incoming.origin(outcome.record["first"])
    except (KeyError, TypeError, ValueError):
        return None
    return Candidate((outcome.task, outcome.event_id), outcome.event_id, *_about(outcome.message), kept)


def _candidate(message: Message, event: Event) -> Candidate:
    return Candidate((event.task, event.id), event.id, *_about(message), message.origin)


def _about(message: Message) -> tuple[str, int, Origin]:
    return headers.reason(message.headers), headers.replay(message.headers), message.origin


def _parsed(record: Any) -> Event | None:
    try:
        return incoming.event(record)
    except ValueError:
        return None
