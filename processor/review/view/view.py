"""Reads of the view, as the pages ask for them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.review.values import BLIND, Counts, Holder, Page, Reviewer
from processor.review.view import asking, decided, rows, store, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from processor.review.decided import Audits, Decided, Mark
    from processor.review.values import Filter, Item, Order, Row
    from processor.review.view.store import Store

EVERYTHING = Reviewer("")

HELD = "(SELECT leases.by FROM leases WHERE leases.ref = i.ref AND leases.until_ms > :now) AS held_by"


class View:
    """As `ports.View`, from any thread.

    Every method raises `Unavailable` where the file is damaged: it is made anew by whoever fills it.
    """

    def __init__(self, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Read from a store.

        Args:
            store: another thread fills it.
            now: the time by the broker's clock.
        """
        self._store = store
        self._now = now

    def item(self, ref: str, reviewer: Reviewer) -> Item | None:
        """The item whole, unveiled; None where there is none in the reviewer's scope."""
        asked = asking.scope(reviewer).also("i.ref = :ref", ref=texts.clean(ref))
        return next(self._items(asked, reviewer, "i.at_ms"), None)

    def page(self, wanted: Filter, reviewer: Reviewer, after: str = "", limit: int = 50) -> Page:
        """A page of the items that fit, veiled; an `after` that is none begins anew."""
        now = self._ms()
        asked = asking.fitting(wanted, reviewer, now)
        total = self._read(f"SELECT count(*) FROM items i WHERE {asked.where}", asked.values)[0][0]  # noqa: S608
        order = asking.SORTS[wanted.order][1]
        behind = asking.behind(asked, wanted.order, after)
        some = self._sorted(wanted.order, reviewer, behind)
        found = self._read(
            f"SELECT i.*, sorted.sort, {asking.IS_BLIND} AS blind, {self._row(reviewer)}"
            f" JOIN ({some} LIMIT :limit) sorted ON sorted.id = i.id ORDER BY {order}",
            {**behind.values, "now": now, "limit": limit + 1},
        )
        shown = found[:limit]
        last = shown[-1] if len(found) > limit and shown else None
        more = "" if last is None else asking.place(last["sort"], last["at_ms"], last["ref"])
        return Page(tuple(_veiled(each) for each in shown), total, more)

    def rows(self, refs: Collection[str], reviewer: Reviewer) -> tuple[Row, ...]:
        """Those of the items that are there, veiled, in no order."""
        theirs = json.dumps([texts.clean(ref) for ref in refs])
        asked = asking.scope(reviewer).also("i.ref IN (SELECT value FROM json_each(:refs))", refs=theirs)
        found = self._read(
            f"SELECT i.*, {asking.IS_BLIND} AS blind, {self._row(reviewer)} WHERE {asked.where}",
            {**asked.values, "now": self._ms()},
        )
        return tuple(map(_veiled, found))

    def next(self, wanted: Filter, reviewer: Reviewer, skip: Collection[str] = ()) -> str | None:
        """The ref of the first item that fits, is open for the reviewer, is held by nobody else and not in `skip`."""
        now = self._ms()
        asked = asking.fitting(wanted, reviewer, now).also(asking.WAITING).also(asking.FREE, now=now)
        if skip:
            left = "i.ref NOT IN (SELECT value FROM json_each(:skip))"
            asked = asked.also(left, skip=json.dumps([texts.clean(ref) for ref in skip]))
        found = self._read(f"{self._sorted(wanted.order, reviewer, asked)} LIMIT 1", asked.values)
        return str(found[0]["ref"]) if found else None

    def counts(self, wanted: Filter, reviewer: Reviewer) -> Counts:
        """What is open for the reviewer within the filter's text, age and cost."""
        now = self._now()
        asked = asking.within(wanted, reviewer, self._ms()).also(asking.WAITING)
        # Those that fail alike are one group, and a signature says it all: task, reason, rules.
        grouped = (
            f"SELECT i.signature, {asking.IS_BLIND} AS blind, count(*) FROM items i WHERE {asked.where} GROUP BY 1, 2"  # noqa: S608
        )
        tasks: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        rules: Counter[str] = Counter()
        for signature, blind, count in self._read(grouped, asked.values):
            task, reason, names = json.loads(signature)
            tasks[task] += count
            reasons[BLIND if blind else reason] += count
            rules.update({} if blind else dict.fromkeys(names, count))
        midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        today = self._read(
            "SELECT count(*) FROM rulings WHERE by = :me AND at_ms >= :since",
            {"me": texts.clean(reviewer.name), "since": round(midnight.timestamp() * 1000)},
        )
        return Counts(
            open=sum(tasks.values()),
            tasks=dict(sorted(tasks.items())),
            reasons=dict(sorted(reasons.items())),
            rules=dict(sorted(rules.items())),
            decided_today=today[0][0],
        )

    def rounds(self, task: str, event_id: str, reviewer: Reviewer) -> tuple[Item, ...]:
        """All items of an event, oldest first."""
        asked = asking.scope(reviewer).also(
            "i.task = :task AND i.event_id = :event_id", task=texts.clean(task), event_id=texts.clean(event_id)
        )
        return tuple(self._items(asked, reviewer, "i.replay, i.at_ms"))

    def given(self, reviewer: Reviewer, since: float) -> Iterator[tuple[str, str]]:
        """Of each ruling that the reviewer gave since then, the ref of its item, and its id."""
        query = "SELECT ref, id FROM rulings WHERE by = :me AND at_ms >= :since"
        found = self._read(query, {"me": texts.clean(reviewer.name), "since": round(since * 1000)})
        return ((each["ref"], each["id"]) for each in found)

    def holder(self, ref: str) -> Holder | None:
        """Who has the item now."""
        found = self._read(
            "SELECT by, until_ms FROM leases WHERE ref = :ref AND until_ms > :now",
            {"ref": texts.clean(ref), "now": self._ms()},
        )
        return Holder(found[0]["by"], rows.time(found[0]["until_ms"])) if found else None

    def decided(self, reviewer: Reviewer, task: str = "", since: float | None = None) -> tuple[Mark, ...]:
        """As `decided.marks`."""
        return decided.marks(self._read, decided.Wanted(reviewer, task, since))

    def decisions(self, refs: Sequence[str]) -> Iterator[Decided]:
        """As `decided.whole`."""
        return decided.whole(self._read, refs)

    def undecided_audits(self, reviewer: Reviewer, task: str = "", since: float | None = None) -> tuple[Audits, ...]:
        """As `decided.audits`."""
        return decided.audits(self._read, decided.Wanted(reviewer, task, since))

    def whole(self, ref: str) -> Item | None:
        """An item whatever its scope: for what is done about it, never to show."""
        return self.item(ref, EVERYTHING)

    def _sorted(self, order: Order, reviewer: Reviewer, asked: asking.Asked) -> str:
        """A query of no more than refs and what they are sorted by: it has many rows."""
        sort, whole = asking.SORTS[order]
        worths = f"LEFT JOIN {asking.worths(reviewer)} w ON w.signature = i.signature" if order == "worth" else ""
        return f"SELECT i.id, i.ref, {sort} AS sort FROM items i {worths} WHERE {asked.where} ORDER BY {whole}"  # noqa: S608

    def _items(self, asked: asking.Asked, reviewer: Reviewer, order: str) -> Iterator[Item]:
        found = self._read(
            f"SELECT i.*, records.*, {self._row(reviewer, 'JOIN records USING (id)')}"
            f" WHERE {asked.where} ORDER BY {order}",
            {**asked.values, "now": self._ms()},
        )
        for each in found:
            ruled = "SELECT ruling FROM rulings WHERE ref = :ref ORDER BY part, place"
            yield rows.item(each, [rows.ruling(one["ruling"]) for one in self._read(ruled, {"ref": each["ref"]})])

    def _row(self, reviewer: Reviewer, join: str = "") -> str:
        """The rest of what a row is made of, and where from."""
        worths = f"LEFT JOIN {asking.worths(reviewer)} w ON w.signature = i.signature"
        return f"coalesce(w.worth, {rows.BLIND_WORTH}) AS worth, {HELD} FROM items i {join} {worths}"

    def _read(self, query: str, values: Mapping[str, Any]) -> list[sqlite3.Row]:
        try:
            return self._store.reader.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._store.broken = store.damaged(error)
            raise errors.Unavailable("view", f"the local view cannot be read just now ({error})") from error

    def _ms(self) -> int:
        return round(self._now().timestamp() * 1000)


def _veiled(found: sqlite3.Row) -> Row:
    made = rows.row(found)
    return rows.veiled(made) if found["blind"] else made
