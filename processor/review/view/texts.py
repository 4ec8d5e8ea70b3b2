"""An event's texts: in one line, and as what is searched; and what somebody searches for, as a safe query; pure."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUMMARY = 200
"""Characters of an item's line in the queue."""

SEARCHED = 100_000
"""Characters of an event that are searched; what is behind them is found by nobody."""

WORDS = 20
"""Words of a search that count."""


def summary(record: Mapping[str, Any]) -> str:
    """The beginning of an item's text, one safe line: its event's texts, or the bytes that are no event."""
    event = record.get("event")
    if not event:
        return display.short(_raw(record), SUMMARY)
    found = " · ".join(part for part in _first(strings(event["input"]), 8 * SUMMARY) if part.strip())
    return display.short(found or json.dumps(event["input"], ensure_ascii=False), SUMMARY)


def searched(event_id: str, record: Mapping[str, Any]) -> str:
    """What a search looks through: id, input, attributes; without what the model or anybody else made of them."""
    event = record.get("event")
    parts = [_raw(record)] if not event else [*strings(event["input"]), *strings(event.get("attributes") or {})]
    return clean("\n".join(_first(iter((event_id, *parts)), SEARCHED)))


def query(text: str) -> str:
    """A search as an FTS5 query: every word must be there, or begin a word. Empty where there is no word.

    Each word is a quoted string: nothing in it is an operator.
    """
    words = [word for word in clean(text).replace("\0", " ").split() if any(map(str.isalnum, word))]
    return " ".join('"' + word.replace('"', '""') + '"*' for word in words[:WORDS])


def clean(text: str) -> str:
    """The text as SQLite can keep it: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode()


def strings(value: Any) -> Iterator[str]:
    """All strings and numbers in a JSON value, in their order; not the names of fields."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(reversed(found.values()))
        elif isinstance(found, list):
            waiting.extend(reversed(found))
        elif isinstance(found, str):
            yield found
        elif isinstance(found, int | float) and not isinstance(found, bool):
            yield str(found)


def _first(parts: Iterator[str], limit: int) -> Iterator[str]:
    """The parts up to so many characters together."""
    for part in parts:
        if limit <= 0:
            return
        yield part[:limit]
        limit -= len(part)


def _raw(record: Mapping[str, Any]) -> str:
    given = record.get("raw")
    try:
        return base64.b64decode(given, validate=True).decode("utf-8", "replace") if isinstance(given, str) else ""
    except ValueError:
        return ""
