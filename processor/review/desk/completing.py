"""Seeing to it that what follows from every ruling gets published, whatever became of the instance that took it."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from processor.adapters import reading
from processor.core import errors
from processor.review.view import standing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processor.review.desk.outcomes import Outcome, Trace
    from processor.review.desk.parts import Parts
    from processor.review.view import Store, View
    from processor.review.view.standing import Pending

PAUSE = 300.0
"""Seconds between two attempts at an outcome that cannot be made: there may be very many of a task that is gone."""

TOO_LATE = "expired"
"""The outcome of a ruling whose topic may have deleted it: nobody can tell any more."""


class Completer:
    """Looks after rulings whose outcome is not known, oldest first; in the event loop."""

    def __init__(
        self,
        parts: Parts,
        view: View,
        store: Store,
        publish: Callable[[Outcome], Awaitable[object]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._parts, self._view, self._store, self._publish = parts, view, store, publish
        self._outcomes, self._log = parts.outcomes, parts.log
        self._now = now
        self._later: dict[str, float] = {}

    async def run(self, ready: Callable[[float], Awaitable[bool]]) -> None:
        """Complete what is old enough, over and over; for the first time once the view is filled.

        What is younger than the grace is left to the instance that took it. `ready` waits so many seconds for the view.
        """
        every = self._parts.every
        while True:
            if await ready(every):
                try:
                    await self._look()
                except errors.StageError as error:
                    self._log("review_completer_waits", error=str(error))
                except Exception as error:  # noqa: BLE001 - told, and tried again
                    self._log("review_completer_failed", error=type(error).__name__)
            await asyncio.sleep(every * random.uniform(0.8, 1.2))  # noqa: S311 - so that instances take turns

    async def _look(self) -> None:
        now_ms = round(self._now().timestamp() * 1000)
        old = now_ms - round(self._parts.grace * 1000)
        await self.complete(await asyncio.to_thread(self._pending, old), now_ms)

    def _pending(self, before_ms: int) -> list[Pending]:
        with self._store.transaction() as writer:
            return standing.pending(writer.db, before_ms)

    async def complete(self, pending: list[Pending], now_ms: int) -> int:
        """Publish what is missing of these; how many that were.

        Raises:
            Unavailable, Misconfigured: Kafka or the registry is away; what was done is kept. (A task that is gone or
                has changed keeps its own rulings waiting alone.)
        """
        wanted: list[tuple[Pending, Trace]] = []
        for each in pending:
            outcome = await self._made(each)
            if outcome is not None:
                wanted.append((each, outcome.trace))
        if not wanted:
            return 0
        since = min(each.at_ms for each, _ in wanted)
        there = await asyncio.to_thread(self._outcomes.there, [trace for _, trace in wanted], since)
        kept = await asyncio.to_thread(self._kept, {trace.topic for _, trace in wanted}, now_ms)
        missing = [(each, trace) for each, trace in wanted if trace.mark not in there]
        for each, trace in wanted:
            if trace.mark in there:
                await asyncio.to_thread(self.confirm, each.ref, each.ruling_id, trace.name)
        return sum([await self._complete(each, kept[trace.topic]) for each, trace in missing])

    async def _complete(self, each: Pending, kept_since: int) -> bool:
        """Publish what is missing; whether it could be known that it is."""
        if each.at_ms < kept_since:
            self._log("review_outcome_expired", item=each.ref)
            await asyncio.to_thread(self.confirm, each.ref, each.ruling_id, TOO_LATE)
            return False
        outcome = await self._made(each)
        if outcome is None:
            return False
        await self._publish(outcome)
        self._log("review_outcome_completed", item=each.ref, outcome=outcome.name)
        await asyncio.to_thread(self.confirm, each.ref, each.ruling_id, outcome.name)
        return True

    def confirm(self, ref: str, ruling_id: str, outcome: str) -> None:
        """Note what was published for a ruling."""
        with self._store.transaction() as writer:
            writer.confirm(ref, ruling_id, outcome)

    async def _made(self, each: Pending) -> Outcome | None:
        if time.monotonic() < self._later.get(each.ref, 0.0):
            return None
        item = self._view.whole(each.ref)
        ruling = None if item is None else item.ruling
        if item is None or ruling is None:
            return None
        try:
            made = await asyncio.to_thread(self._outcomes.of, item, ruling)
        except errors.Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one that cannot be made must not keep the others
            self.cannot(each.ref, error)
            return None
        if made is None:
            await asyncio.to_thread(self.confirm, each.ref, each.ruling_id, "none")
        return made

    def cannot(self, ref: str, error: Exception) -> None:
        """Tell once of an outcome that cannot be made: the task has changed, say."""
        if ref not in self._later:
            self._log("review_outcome_failed", item=ref, error=type(error).__name__)
        self._later[ref] = time.monotonic() + PAUSE

    def _kept(self, topics: set[str], now_ms: int) -> dict[str, int]:
        return {topic: reading.kept_since(self._parts.settings, topic, now_ms) for topic in topics}
