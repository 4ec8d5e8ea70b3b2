"""Watching the workers until every message is settled, or something stands in the way."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core.views import display
from processor.demo import accounts, topics
from processor.demo.view import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.demo.topics import Ground
    from processor.demo.workers import Workers

PATIENCE = 120.0
"""Seconds without any progress after which the demo gives up, where no call can still be under way."""

LATE = 30.0
"""Seconds without any progress after which the view says that a call may take long, and that follow the longest one."""

TICK = 0.2

RECENT = 15.0
"""Seconds that the rate is taken over: an estimate follows what goes on now."""

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
    recent: deque[tuple[float, int]] = deque()
    lag: int | None = None
    asked, before, note = began, _marks(books, lag), ""
    with ground.tail(topics.OUTCOMES) as tail, ground.lag() as lagging:
        while books.settled < len(produced) or lag != 0:
            messages = tail.poll(TICK)
            for kind, outcome in ground.outcomes(messages):
                books.add(kind, outcome)
            now = time.monotonic()
            last = now if messages else last
            if now - asked >= LAG_EVERY:
                asked, lag, note = now, topics.total(lagging.read()), workers.waiting()
            if _marks(books, lag) != before:
                before, moved = _marks(books, lag), now
            told = _note(now - moved, workers.longest_call, note)
            show(_snapshot(books, lag, now - began, _rate(recent, now, books.settled), told))
            if trouble := workers.dead() or _stuck(now - moved, workers.longest_call, lag, note):
                return Ended(last - began, trouble)
    return Ended(last - began, "")


def _rate(recent: deque[tuple[float, int]], now: float, settled: int) -> float | None:
    """Settled messages a second over the last `RECENT` seconds, from the first settled one on."""
    if settled:
        recent.append((now, settled))
    while recent and now - recent[0][0] > RECENT:
        recent.popleft()
    if len(recent) < 2:  # noqa: PLR2004 - a rate needs two points
        return None
    (began, before), (ended, after) = recent[0], recent[-1]
    return (after - before) / (ended - began) if after > before else None


def _marks(books: accounts.Books, lag: int | None) -> tuple[int, int, int | None]:
    return books.settled, len(books.retried), lag


def _note(still: float, longest_call: float, wait: str) -> str:
    if wait:
        return f"waiting for {wait}"
    return f"one answer of the model may take {display.duration(longest_call)}" if still > LATE else ""


def _stuck(still: float, longest_call: float, lag: int | None, note: str) -> str:
    if still < (PATIENCE if note else max(PATIENCE, longest_call + LATE)):
        return ""
    why = f"the workers wait for {note}" if note else f"the lag is {lag}, and the workers' logs give no reason"
    return f"nothing moved for {display.duration(still)}: {why}"


def _snapshot(books: accounts.Books, lag: int | None, seconds: float, rate: float | None, note: str) -> Snapshot:
    return Snapshot(
        total=len(books.produced),
        settled=books.settled,
        results=len(books.results),
        reasons=books.reasons,
        retried=len(books.retried),
        lag=lag,
        tokens=books.usage.total,
        seconds=seconds,
        rate=rate,
        note=note,
    )
