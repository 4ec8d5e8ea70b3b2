"""Outcomes as rows of a table: the same columns for results, retries and review items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core.records import Reason
from processor.core.views import display, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from processor.core.views.outcomes import Outcome

CUT = 72
"""Characters of a long value that a row shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; every text is safe to print.

    Attributes:
        id: the event's, or where the message stands.
        task: the event's task.
        decided: who decided, with the answer's confidence where it is known; or what comes next.
        attempts: how many calls were made.
        text: the answer, or why there is none.
        tokens: over all attempts.
        cost: in US dollars over all attempts; `?` where a price is not known, empty where no model was asked.
        latency: from the event's arrival in Kafka to the decision.
    """

    id: str
    task: str
    decided: str
    attempts: str
    text: str
    tokens: str
    cost: str
    latency: str


def row(outcome: Outcome, *, full: bool) -> Row:
    """The row of an outcome. Long values are cut unless `full`."""
    show: Callable[[str], str] = display.safe if full else lambda text: display.short(text, CUT)
    record = outcome.record
    if outcome.unreadable:
        return Row(show(outcome.event_id), "", "unreadable", "", show(outcome.unreadable), "", "", "")
    decided, text = _decided(record)
    usage = record.get("usage")
    counts = [usage.get(name) for name in ("input_tokens", "output_tokens")] if isinstance(usage, dict) else []
    return Row(
        id=show(outcome.event_id),
        task=show(outcome.task),
        decided=show(decided),
        attempts=str(len(_items(record, "attempts"))),
        text=show(text),
        tokens=f"{sum(count for count in counts if isinstance(count, int)):,}",
        cost=_cost(record),
        latency=_latency(record),
    )


def _decided(record: Mapping[str, Any]) -> tuple[str, str]:
    """Who decided, or what comes next; and the answer, or why there is none."""
    if "reason" in record:
        return "review", f"{record['reason']}: {_why(record)}"
    if "due_at" in record:
        return f"attempt {record.get('attempt')} due", _violations(record)
    decided = f"{record.get('decided_by', '')} {_confidence(record)}".rstrip()
    return decided, outcomes.json_text(record.get("answer"))


def _why(record: Mapping[str, Any]) -> str:
    """What a person is to look at: of an audit, which is no complaint, the answer."""
    if record["reason"] == Reason.AUDIT:
        return outcomes.json_text(record.get("answer"))
    return str(record.get("detail") or _violations(record))


def _confidence(record: Mapping[str, Any]) -> str:
    """That of the accepted answer, where it is known."""
    last = next(reversed(_items(record, "attempts")), None)
    found = last.get("confidence") if isinstance(last, dict) else None
    return f"{found:.2f}" if isinstance(found, float) and math.isfinite(found) else ""


def _violations(record: Mapping[str, Any]) -> str:
    found = (item for item in _items(record, "violations") if isinstance(item, dict))
    return "; ".join(f"{item.get('rule')}: {item.get('message')}" for item in found)


def _cost(record: Mapping[str, Any]) -> str:
    found = record.get("cost_usd")
    unknown = "?" if _items(record, "attempts") else ""
    return unknown if found is None else display.safe(str(found))


def _latency(record: Mapping[str, Any]) -> str:
    found = record.get("latency_ms")
    return display.duration(found / 1000) if isinstance(found, int | float) and math.isfinite(found) else ""


def _items(record: Mapping[str, Any], name: str) -> list[Any]:
    """A list of the record; empty where it has something else: the topic may hold foreign messages, too."""
    found = record.get(name)
    return found if isinstance(found, list) else []
