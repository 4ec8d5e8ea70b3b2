"""Watching the workers until every message is settled, or something stands in the way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core.views import display
from processor.demo import accounts, topics
from processor.demo.view import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.demo.topics import Ground
    from processor.demo.workers import Workers

PATIENCE = 60.0
"""Seconds without any progress after which the demo gives up."""

TICK = 0.2
LAG_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: `working` is the seconds until the last decision, `trouble` why it ended early, or empty."""

    working: float
    trouble: str


def until_settled(
    ground: Ground, workers: Workers, produced: frozenset[str], show: Callable[[Snapshot], None]
) -> Ended:
    """Show how it goes until all is settled and committed, or a worker dies, or nothing moves any more."""
    books = accounts.Books(produced)
    began = moved = last = time.monotonic()
    first: float | None = None
    lag: int | None = None
    asked, before, note = began, _marks(books, lag), ""
    with ground.tail(topics.OUTCOMES) as tail, ground.lag() as lagging:
        while books.settled < len(produced) or lag != 0:
            messages = tail.poll(TICK)
            for kind, outcome in ground.outcomes(messages):
                books.add(kind, outcome)
            now = time.monotonic()
            if messages:
                last = now
                first = first or now
            if now - asked >= LAG_EVERY:
                asked, lag, note = now, topics.total(lagging.read()), workers.waiting()
            if _marks(books, lag) != before:
                before, moved = _marks(books, lag), now
            show(_snapshot(books, lag, now - began, now - (first or now), note))
            if trouble := workers.dead() or _stuck(now - moved, lag, note):
                return Ended(last - began, trouble)
    return Ended(last - began, "")


def _marks(books: accounts.Books, lag: int | None) -> tuple[int, int, int | None]:
    return books.settled, len(books.retried), lag


def _stuck(still: float, lag: int | None, note: str) -> str:
    if still < PATIENCE:
        return ""
    why = f"the workers wait for {note}" if note else f"the lag is {lag}, and the workers' logs give no reason"
    return f"nothing moved for {display.duration(still)}: {why}"


def _snapshot(books: accounts.Books, lag: int | None, seconds: float, working: float, note: str) -> Snapshot:
    return Snapshot(
        total=len(books.produced),
        settled=books.settled,
        results=len(books.results),
        reasons=books.reasons,
        retried=len(books.retried),
        lag=lag,
        tokens=books.usage.total,
        seconds=seconds,
        working=working,
        note=f"waiting for {note}" if note else "",
    )
