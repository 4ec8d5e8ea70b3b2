"""What a review item keeps of an event -> the event, its passages and the work on it, as the worker had them."""

from __future__ import annotations

import re
from base64 import b64decode
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core.records import Event, Part, Passage, Provenance, Size, Work
from processor.core.wire import incoming, plain

if TYPE_CHECKING:
    from processor.review.values import Item

ATTEMPT = "untuned-attempt"
"""The header that says which attempt was being worked on."""


def event(item: Item) -> Event:
    """The event.

    Raises:
        ValueError: it has none.
    """
    return incoming.event(item.record["event"])


def raw(item: Item) -> bytes | None:
    """The bytes that are no event; None where they were not kept."""
    kept = item.record["raw"]
    return None if kept is None else b64decode(kept)


def passages(item: Item) -> tuple[Passage, ...]:
    """What the model saw of the knowledge base at the last attempt."""
    return tuple(map(_passage, item.record["passages"]))


def work(item: Item) -> Work:
    """The event with what was tried, as it came to review.

    Raises:
        ValueError: it has no event.
    """
    record, message = item.record, item.message
    attempts = tuple(map(incoming.attempt, record["attempts"]))
    said = next((value for name, value in message.headers if name == ATTEMPT), b"")
    last = attempts[-1].number if attempts else 1
    return Work(
        event=event(item),
        attempt=int(said) if re.fullmatch(rb"[1-9][0-9]{0,3}", said) else last,
        attempts=attempts,
        origin=message.origin,
        first=incoming.origin(record["first"]),
        key=message.key,
        headers=message.headers,
        replay=item.key.replay,
    )


def provenance(item: Item, tried: Work, version: str) -> Provenance:
    """What the last answer was made from; `version` where the record names none."""
    record = item.record
    return Provenance(
        version=record["version"] or version,
        passages=passages(item),
        cut=tuple(record["passages_cut"]),
        attempts=tried.attempts,
        usage=tried.usage,
        cost=None if record["cost_usd"] is None else Decimal(record["cost_usd"]),
        durations={stage: value / 1000 for stage, value in record["durations_ms"].items()},
        size=_size(record.get("prompt")),
    )


def _passage(record: dict[str, Any]) -> Passage:
    return Passage(
        **{name: record[name] for name in ("id", "kind", "source", "title", "text", "score", "content_hash")},
        input=_json(record["input"]),
        answer=_json(record["answer"]),
        retrieval=record.get("retrieval", ""),
        columns=record.get("columns", {}),
    )


def _json(opened: Any) -> str | None:
    """JSON text again; what was none stayed a text."""
    return opened if opened is None or isinstance(opened, str) else plain.text(opened)


def _size(record: dict[str, Any] | None) -> Size | None:
    if record is None:
        return None
    parts = tuple(Part(part["name"], part["tokens"], part["cut"]) for part in record["parts"])
    return Size(record["counted_by"], parts)
