"""What happened to an event, in order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.review.web import words
from processor.review.web.item import reasons as item_reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Ruling
    from processor.review.values import Item


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: when (None where that is not known), what, and more about it; empty where nothing."""

    at: dt.datetime | None
    what: str
    more: str = ""
    ruling: Ruling | None = None


def of(item: Item, *, blind: bool) -> tuple[Step, ...]:
    """The story of one round; told blind, it ends where it would say what stood against the event."""
    record = item.record
    found = [_produced(record)]
    if item.key.replay:
        found.append(Step(None, f"Sent through again, for the {_ordinal(item.key.replay)} time"))
    if blind:
        return tuple(found)
    found.extend(_attempt(each) for each in record["attempts"])
    found.append(Step(item.row.at, "Sent to review", item_reasons.why(record).sentence))
    found.extend(_decided(each, item) for each in item.rulings)
    return tuple(found)


def _produced(record: Mapping[str, Any]) -> Step:
    first = record["first"]
    at = dt.datetime.fromtimestamp(first["timestamp_ms"] / 1000, dt.UTC) if first["timestamp_ms"] > 0 else None
    return Step(at, "Produced", f"{first['topic']}, partition {first['partition']}, offset {first['offset']}")


def _attempt(record: Mapping[str, Any]) -> Step:
    against = len(record["violations"])
    outcome = f"{against} violation{'s' if against > 1 else ''}" if against else "nothing stood against it"
    return Step(None, f"Attempt {record['number']} by {record['model'] or 'no model'}", f"{record['step']}: {outcome}")


def _decided(ruling: Ruling, item: Item) -> Step:
    kind = "Blind check: " if ruling.blind else ""
    late = "" if ruling.blind or ruling is item.ruling else " (second to come: it does not count)"
    what = f"{kind}{words.action(ruling.action)} by {ruling.by}{late}"
    return Step(ruling.at, what[0].upper() + what[1:], ruling.note, ruling)


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
