"""Review items, and a view and a desk in memory, for tests of the review application."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from processor.core.records import Action, Message, Origin, Ruling
from processor.review.decided import Audits, Decided, Mark
from processor.review.values import (
    BLIND,
    Counts,
    Filter,
    Holder,
    Item,
    Key,
    LogEntry,
    Page,
    Reviewer,
    Role,
    Row,
    Settled,
    State,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.UTC)
ANN = Reviewer("ann")
BOB = Reviewer("bob")
EVE = Reviewer("eve", Role.ADMIN)


def violation(path: str = "$.category", rule: str = "enum", **changes: str) -> dict[str, str]:
    given = {"message": "Must be one of the categories.", "found": '"cards"', "expected": "one of card, refund"}
    return {"path": path, "rule": rule, **given, **changes}


def attempt(number: int = 1, answer: str = '{"category": "cards", "reason": "lost"}', **changes: Any) -> dict[str, Any]:
    usage = {"input_tokens": 200, "output_tokens": 12, "cached_tokens": 0}
    return {
        "number": number,
        "step": "prompt.md",
        "model": "m-1",
        "answer": answer,
        "finish_reason": "stop",
        "violations": [violation()],
        "usage": usage,
        "cost_usd": "0.0002",
        "duration_ms": 210.0,
        "confidence": None,
        **changes,
    }


def record(
    event_id: str = "e-1", task: str = "sort", text: str = "Where is my card?", **changes: Any
) -> dict[str, Any]:
    """A record of the review topic, as `wire.read` gives it."""
    event = {
        "id": event_id,
        "task": task,
        "input": {"text": text},
        "created_at": None,
        "attributes": {"tenant": "acme"},
    }
    origin = {"topic": "untuned.tasks", "partition": 0, "offset": 7, "timestamp_ms": 1000}
    return {
        "reason": "steps_exhausted",
        "detail": "no answer was accepted in 2 steps",
        "inclusion": None,
        "at": NOW.isoformat().replace("+00:00", "Z"),
        "event": event,
        "raw": None,
        "violations": [violation()],
        "answer": {"category": "cards", "reason": "lost"},
        "version": "0" * 16,
        "attempts": [attempt(1), attempt(2, step="retry.md")],
        "passages": [],
        "passages_cut": [],
        "prompt": None,
        "usage": {"input_tokens": 400, "output_tokens": 24, "cached_tokens": 0},
        "cost_usd": "0.0004",
        "durations_ms": {"retrieve": 3.0, "complete": 210.0},
        "origin": origin,
        "first": origin,
        **changes,
    }


def item(event_id: str = "e-1", *, offset: int = 0, second: bool = False, rulings: Any = (), **changes: Any) -> Item:
    """An item; `changes` are of its record."""
    made = record(event_id, **changes)
    event = made["event"]
    key = Key(event["task"], event_id) if event else Key("", event_id)
    origin = Origin("untuned.review", 0, offset, int(NOW.timestamp() * 1000))
    headers = (("x-team", b"blue"), ("untuned-task", key.task.encode()))
    row = Row(
        key=key,
        state="open",
        reason=made["reason"],
        rules=tuple(dict.fromkeys(each["rule"] for each in made["violations"])),
        summary=str(event["input"].get("text", ""))[:200] if event else "",
        at=NOW,
        cost=None,
        worth=1.0,
    )
    return Item(row, made, Message(origin, b"k", b"", headers), made["inclusion"], second, tuple(rulings))


def ruling(of: Item | None = None, by: str = "ann", action: Action = Action.ACCEPT, **changes: Any) -> Ruling:
    key = (of or item()).key
    made = Ruling(f"r-{by}", key.event_id, key.task, key.replay, by, action, None, "", NOW, 12.5)
    return dataclasses.replace(made, **changes)


def decided(item: Item) -> Decided:
    """An item with a ruling that counts, as the view gives it to figures."""
    assert item.ruling is not None
    return Decided(
        mark=Mark(item.ref, item.key.task, 0, 0, len(item.rulings)),
        key=item.key,
        summary=item.row.summary,
        rules=tuple(dict.fromkeys(each["rule"] for each in item.record["violations"])),
        answer=item.record["answer"],
        inclusion=item.inclusion,
        retried=len(item.record["attempts"]) > 1,
        rulings=item.rulings,
        ruling=item.ruling,
    )


ORDERS: Mapping[str, Callable[[Item], Any]] = {
    "oldest": lambda each: each.row.at,
    "newest": lambda each: -each.row.at.timestamp(),
    "worth": lambda each: -each.row.worth,
    "cost": lambda each: -(each.row.cost or 0),
}


class FakeView:
    """As `ports.View`, over a list. `now` is the clock that ages are told by."""

    def __init__(self, *items: Item) -> None:
        self.now: Callable[[], dt.datetime] = lambda: NOW
        self.items = {each.ref: each for each in items}
        self.holders: dict[str, Holder] = {}

    def item(self, ref: str, reviewer: Reviewer) -> Item | None:
        found = self.items.get(ref)
        if found is None or not self._sees(found, reviewer):
            return None
        return dataclasses.replace(found, row=dataclasses.replace(found.row, state=self._state(found)))

    def page(self, wanted: Filter, reviewer: Reviewer, after: str = "", limit: int = 50) -> Page:
        fitting = self._fitting(wanted, reviewer)
        start = int(after or 0)
        rows = tuple(self._row(each, reviewer) for each in fitting[start : start + limit])
        return Page(rows, len(fitting), str(start + limit) if start + limit < len(fitting) else "")

    def rows(self, refs: Collection[str], reviewer: Reviewer) -> tuple[Row, ...]:
        found = (each for each in self.items.values() if each.ref in refs and self._sees(each, reviewer))
        return tuple(self._row(each, reviewer) for each in found)

    def next(self, wanted: Filter, reviewer: Reviewer, skip: Collection[str] = ()) -> str | None:
        mine = (each.ref for each in self._fitting(wanted, reviewer) if each.ref not in skip)
        return next((ref for ref in mine if self._free(ref, reviewer)), None)

    def counts(self, wanted: Filter, reviewer: Reviewer) -> Counts:
        alike = Filter(text=wanted.text, older=wanted.older, newer=wanted.newer, min_cost=wanted.min_cost)
        rows = [self._row(each, reviewer) for each in self._fitting(alike, reviewer)]
        tasks = Counter(row.key.task for row in rows)
        reasons = Counter(row.reason for row in rows)
        rules = Counter(name for row in rows for name in row.rules)
        mine = sum(each.by == reviewer.name for found in self.items.values() for each in found.rulings)
        return Counts(len(rows), tasks, reasons, rules, mine)

    def rounds(self, task: str, event_id: str, reviewer: Reviewer) -> tuple[Item, ...]:
        wanted = (task, event_id)
        found = (each for each in self.items.values() if (each.key.task, each.key.event_id) == wanted)
        return tuple(each for each in found if self._sees(each, reviewer))

    def given(self, reviewer: Reviewer, since: float) -> Iterator[tuple[str, str]]:
        every = ((ref, each) for ref, found in self.items.items() for each in found.rulings)
        return ((ref, one.id) for ref, one in every if one.by == reviewer.name and one.at.timestamp() >= since)

    def holder(self, ref: str) -> Holder | None:
        return self.holders.get(ref)

    def decided(self, reviewer: Reviewer, task: str = "", since: float | None = None) -> tuple[Mark, ...]:
        del since
        found = (each for each in self.items.values() if task in ("", each.key.task) and self._sees(each, reviewer))
        return tuple(decided(each).mark for each in found if each.ruling is not None)

    def decisions(self, refs: Sequence[str]) -> Iterator[Decided]:
        return (decided(self.items[ref]) for ref in refs)

    def undecided_audits(self, reviewer: Reviewer, task: str = "", since: float | None = None) -> tuple[Audits, ...]:
        del since
        waiting = Counter(
            (each.key.task, len(each.record["attempts"]) > 1, each.inclusion)
            for each in self.items.values()
            if each.inclusion and not each.rulings and task in ("", each.key.task) and self._sees(each, reviewer)
        )
        return tuple(Audits(name, retried, chance or 1.0, n) for (name, retried, chance), n in waiting.items())

    def _sees(self, found: Item, reviewer: Reviewer) -> bool:
        return reviewer.tasks is None or found.key.task in reviewer.tasks

    def _fitting(self, wanted: Filter, reviewer: Reviewer) -> list[Item]:
        found = [each for each in self.items.values() if self._sees(each, reviewer)]
        found = [each for each in found if self._fits(each, self._row(each, reviewer), wanted, reviewer)]
        return sorted(found, key=ORDERS[wanted.order])

    def _fits(self, each: Item, row: Row, wanted: Filter, reviewer: Reviewer) -> bool:
        age = (self.now() - row.at).total_seconds()
        return (
            wanted.task in ("", row.key.task)
            and wanted.reason in ("", row.reason)
            and (not wanted.rule or wanted.rule in row.rules)
            and wanted.text.lower() in f"{row.summary} {row.key.event_id}".lower()
            and (wanted.older is None or age >= wanted.older)
            and (wanted.newer is None or age <= wanted.newer)
            and (wanted.min_cost is None or (row.cost is not None and row.cost >= wanted.min_cost))
            and (wanted.state == "all" or (wanted.state == "open") == self._is_open(each, reviewer))
        )

    def _state(self, each: Item) -> State:
        if each.ruling is None:
            return "open"
        looked_again = each.is_audit or any(one.blind for one in each.rulings)
        return "second" if each.second and not looked_again else "closed"

    def _is_open(self, each: Item, reviewer: Reviewer) -> bool:
        state = self._state(each)
        return state == "open" or (state == "second" and each.blind_for(reviewer.name))

    def _row(self, each: Item, reviewer: Reviewer) -> Row:
        holder = self.holders.get(each.ref)
        blind = self._is_open(each, reviewer) and each.blind_for(reviewer.name)
        by = each.ruling.by if each.ruling is not None and not blind else ""
        state: State = "open" if self._is_open(each, reviewer) else "closed"
        row = dataclasses.replace(each.row, held_by=holder.by if holder else "", decided_by=by, state=state)
        return dataclasses.replace(row, reason=BLIND, rules=()) if blind else row

    def _free(self, ref: str, reviewer: Reviewer) -> bool:
        holder = self.holders.get(ref)
        return holder is None or holder.by == reviewer.name


class FakeDesk:
    """As `ports.Desk`, over a `FakeView`; `fails` is raised by whatever is asked next."""

    def __init__(self, view: FakeView) -> None:
        self.view = view
        self.fails: Exception | None = None
        self.version = 0

    async def take(self, ref: str, reviewer: Reviewer) -> Holder:
        self._fail()
        return self.view.holders.setdefault(ref, Holder(reviewer.name, NOW + dt.timedelta(minutes=5)))

    async def give_back(self, ref: str, reviewer: Reviewer) -> None:
        self._fail()
        holder = self.view.holders.get(ref)
        if holder is not None and holder.by == reviewer.name:
            del self.view.holders[ref]

    async def decide(self, ruling: Ruling) -> Settled:
        self._fail()
        ref = Key(ruling.task, ruling.event_id, ruling.replay).ref
        before = self.view.items[ref]
        self.view.items[ref] = after = dataclasses.replace(before, rulings=(*before.rulings, ruling))
        assert after.ruling is not None
        return Settled(after.ruling, after.ruling.id == ruling.id, "result")

    async def changes(self) -> AsyncIterator[int]:
        told = -1
        while True:
            if told != self.version:
                told = self.version
                yield told
            await asyncio.sleep(0.01)

    def _fail(self) -> None:
        self.version += 1
        if self.fails is not None:
            failed, self.fails = self.fails, None
            raise failed


class FakeLog:
    """As `site.Log`, in memory."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []

    def write(self, what: str, by: str, **about: str | float) -> None:
        self.entries.append(LogEntry(len(self.entries) + 1, NOW, what, by, about))

    def read(self, limit: int = 100, before: int | None = None) -> list[LogEntry]:
        return [each for each in reversed(self.entries) if before is None or each.number < before][:limit]
