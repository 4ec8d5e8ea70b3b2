"""Rows of the view -> values."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core.records import Action, Message, Origin, Ruling, Violation
from processor.review.values import BLIND, Item, Key, Row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from processor.review.values import State

BLIND_WORTH = 1.0

LAST_MS = 253402300799000
"""The end of the year 9999: a producer's clock may say anything."""


def row(found: sqlite3.Row) -> Row:
    """An item's row, unveiled."""
    return Row(
        key=Key(found["task"], found["event_id"], found["replay"]),
        state=found["state"],
        reason=found["reason"],
        rules=tuple(json.loads(found["rules"])),
        summary=found["summary"],
        at=time(found["at_ms"]),
        cost=None if found["cost_text"] is None else Decimal(found["cost_text"]),
        worth=found["worth"],
        held_by=found["held_by"] or "",
        decided_by=found["decided_by"],
    )


def veiled(made: Row) -> Row:
    """The row for whoever must not know what stood against it, nor that somebody has decided it."""
    state: State = "closed" if made.state == "closed" else "open"
    return dataclasses.replace(made, state=state, reason=BLIND, rules=(), cost=None, worth=BLIND_WORTH, decided_by="")


def item(found: sqlite3.Row, rulings: Iterable[Ruling]) -> Item:
    """An item whole; of its message, the value is only in the record."""
    record = json.loads(found["record"])
    headers = tuple((name, base64.b64decode(value)) for name, value in json.loads(found["headers"]))
    origin = Origin(found["topic"], found["part"], found["place"], found["at_ms"])
    return Item(
        row=row(found),
        record=record,
        message=Message(origin, found["key"], b"", headers),
        inclusion=record.get("inclusion"),
        second=bool(found["second"]),
        rulings=tuple(rulings),
        others=bool(found["others"]),
    )


def ruling(written: str) -> Ruling:
    """A ruling, as `writing` keeps it: what was read of the topic is not looked at once more."""
    made: dict[str, Any] = json.loads(written)
    return Ruling(
        **{
            **made,
            "action": Action(made["action"]),
            "at": dt.datetime.fromisoformat(made["at"]),
            "overridden": tuple(Violation(**each) for each in made["overridden"]),
        }
    )


def time(at_ms: int) -> dt.datetime:
    """A point in time from milliseconds since the epoch."""
    return dt.datetime.fromtimestamp(min(max(at_ms, 0), LAST_MS) / 1000, dt.UTC)
