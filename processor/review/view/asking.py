"""What is asked of the view -> conditions and orders in SQL, with what the reviewer may see and know worked in; pure.

A blind row has no reason but `BLIND`, no rules, no cost and no worth: so no filter, count or order tells one from
another.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.review.values import BLIND
from processor.review.view import texts

if TYPE_CHECKING:
    from processor.review.values import Filter, Order, Reviewer

MINE = "EXISTS (SELECT 1 FROM rulings WHERE rulings.ref = i.ref AND rulings.by = :me)"
IS_BLIND = f"(i.veiled AND NOT {MINE})"
WAITING = f"(i.state <> 'closed' AND (i.state = 'open' OR NOT {MINE}))"
"""What is open for the reviewer: what nobody decided, and the second looks at what others did."""

COST = f"iif({IS_BLIND}, NULL, i.cost)"
WORTH = f"iif({IS_BLIND}, 1.0, coalesce(w.worth, 1.0))"
FREE = "NOT EXISTS (SELECT 1 FROM leases WHERE leases.ref = i.ref AND leases.by <> :me AND leases.until_ms > :now)"

SORTS: dict[Order, tuple[str, str]] = {
    "oldest": ("i.at_ms", "i.at_ms, i.ref"),
    "newest": ("i.at_ms", "i.at_ms DESC, i.ref DESC"),
    "worth": (WORTH, "sort DESC, i.at_ms, i.ref"),
    "cost": (f"coalesce({COST}, -1.0)", "sort DESC, i.at_ms, i.ref"),
}
"""By order, what it goes by, and the whole of it: the ref makes it the same on every instance."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition on rows of `items i`, and the values that it names. With a `+` a column asks for no index."""

    where: str
    values: dict[str, Any]

    def also(self, condition: str, **values: Any) -> Asked:
        """The same with one condition more."""
        return Asked(f"{self.where} AND {condition}", {**self.values, **values})


def scope(reviewer: Reviewer) -> Asked:
    """What is there for the reviewer at all."""
    where, values = "1", {"me": texts.clean(reviewer.name)}
    if reviewer.tasks is not None:
        where += " AND +i.task IN (SELECT value FROM json_each(:tasks))"
        values["tasks"] = json.dumps(sorted(reviewer.tasks))
    if reviewer.tenants is not None:
        where += " AND i.known AND i.tenant IN (SELECT value FROM json_each(:tenants))"
        values["tenants"] = json.dumps(sorted(reviewer.tenants))
    return Asked(where, values)


def worths(reviewer: Reviewer) -> str:
    """A table of worths by signature, of what is there for the reviewer."""
    theirs = "" if reviewer.tenants is None else "WHERE known AND tenant IN (SELECT value FROM json_each(:tenants))"
    worth = "sum(open) * 1.0 / (sum(decided) + 1)"
    return f"(SELECT signature, {worth} AS worth FROM kinds {theirs} GROUP BY signature)"  # noqa: S608 - no value in it


def within(wanted: Filter, reviewer: Reviewer, now_ms: int) -> Asked:
    """What fits a filter's text, ages and cost."""
    asked = scope(reviewer)
    if wanted.text.strip():
        query = texts.query(wanted.text)
        found = "i.id IN (SELECT rowid FROM texts WHERE texts MATCH :text)" if query else "0"
        asked = asked.also(found, text=query)
    if wanted.older is not None:
        asked = asked.also("i.at_ms <= :older", older=_ago(now_ms, wanted.older))
    if wanted.newer is not None:
        asked = asked.also("i.at_ms >= :newer", newer=_ago(now_ms, wanted.newer))
    if wanted.min_cost is not None:
        asked = asked.also(f"{COST} >= :min_cost", min_cost=float(wanted.min_cost))
    return asked


def fitting(wanted: Filter, reviewer: Reviewer, now_ms: int) -> Asked:
    """What fits a filter whole."""
    asked = within(wanted, reviewer, now_ms)
    if wanted.state != "all":
        asked = asked.also(WAITING if wanted.state == "open" else f"NOT {WAITING}")
    if wanted.task:
        asked = asked.also("+i.task = :task", task=texts.clean(wanted.task))
    if wanted.reason == BLIND:
        asked = asked.also(IS_BLIND)
    elif wanted.reason:
        asked = asked.also(f"i.reason = :reason AND NOT {IS_BLIND}", reason=texts.clean(wanted.reason))
    if wanted.rule:
        named = "i.id IN (SELECT id FROM rules WHERE rule = :rule)"
        asked = asked.also(f"{named} AND NOT {IS_BLIND}", rule=texts.clean(wanted.rule))
    return asked


def behind(asked: Asked, order: Order, after: str) -> Asked:
    """What comes after a place in the order; all of it where the place is none: it comes from an address."""
    found = _place(after)
    if found is None:
        return asked
    sort, at_ms, ref = found
    values = {"at_ms": at_ms, "ref": ref, "sort": sort}
    if order == "oldest":
        return asked.also("(i.at_ms, i.ref) > (:at_ms, :ref)", **values)
    if order == "newest":
        return asked.also("(i.at_ms, i.ref) < (:at_ms, :ref)", **values)
    by = SORTS[order][0]
    return asked.also(f"({by} < :sort OR ({by} = :sort AND (i.at_ms, i.ref) > (:at_ms, :ref)))", **values)


def place(sort: float, at_ms: int, ref: str) -> str:
    """The place of a row in the order, opaque."""
    return base64.urlsafe_b64encode(json.dumps([sort, at_ms, ref]).encode()).decode()


def _place(after: str) -> tuple[float, int, str] | None:
    try:
        sort, at_ms, ref = json.loads(base64.urlsafe_b64decode(after))
        return float(sort), int(at_ms) & (2**63 - 1), texts.clean(str(ref))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _ago(now_ms: int, seconds: float) -> int:
    """Milliseconds since the epoch, within what SQLite can count."""
    return round(max(-(2.0**62), min(2.0**62, now_ms - seconds * 1000)))
