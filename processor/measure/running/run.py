"""Many cases on all rungs, until they are done, or the budget or somebody's patience is spent.

Cases are taken in an order that the seed alone decides, and a case counts once it has been through all rungs and
repeats: a run that is cut short has measured a random sample, in pairs. What is cut off are at the most the cases that
were under way, as many as are taken at a time; of those the quick ones may still have counted.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from processor.core.judging import ballot
from processor.measure.running import hands, spend
from processor.measure.running import rungs as ladder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from processor.core.task import Task
    from processor.measure.records import Case, Outcome, RungName
    from processor.measure.running.session import Session


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: cases done of all, what was spent, calls that cost nothing, what is waited for (else empty)."""

    done: int
    total: int
    usd: float | None
    tokens: int
    calls: int
    cached: int
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run gave.

    Attributes:
        rungs: those that the task has, of those that were asked for.
        outcomes: of the cases that were done, in the order of the cases, within one of the rungs, then of the repeats.
        models: that answered, as their servers named them.
        started_at: when.
        seconds: that it took.
        spent_usd: US dollars that were spent now; None where a price is not known.
        spent_tokens: likewise.
        calls: to models that were made now.
        cached: calls that had been made before.
        own: cases that would have found themselves among the labelled examples, and did not.
        unfinished: empty, or why it ended before all cases were done.
    """

    rungs: tuple[RungName, ...]
    outcomes: tuple[Outcome, ...]
    models: tuple[str, ...]
    started_at: datetime
    seconds: float
    spent_usd: float | None
    spent_tokens: int
    calls: int
    cached: int
    own: tuple[str, ...]
    unfinished: str = ""


async def measure(
    session: Session,
    task: Task,
    cases: Sequence[Case],
    rungs: Sequence[RungName],
    *,
    repeats: int = 1,
    seed: int = 0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Measured:
    """Send the cases through the rungs, as many at once as the settings allow calls (`UNTUNED_CONCURRENCY`).

    Ctrl-C and SIGTERM end it with what is complete; a second one ends the process as ever. A run that is begun again
    goes on where this one stopped, since its answers are kept.

    Args:
        session: open.
        task: the task as it stands.
        cases: each with an id of its own.
        rungs: those that the task does not have are left out, and `people`, whose figures are computed.
        repeats: how often each case goes through each rung.
        seed: of the order of the cases.
        progress: is told after each case, and every second.

    Raises:
        Misconfigured: a wrong key, a missing collection or model.
        UsageError: the session has a limit in US dollars, and the price of a model is not known.
    """
    spend.check_prices(session.spend.limits, task, session.settings.openai_model)
    there = (name for name in rungs if name != "people" and ladder.variant(task, name) is not None)
    made = _Run(session, task, tuple(there), repeats)
    started_at, began = datetime.now(UTC), time.monotonic()
    usd, tokens, calls, cached = session.spend.usd, session.spend.tokens, session.spend.calls, session.cached
    unfinished = await made.through(cases, seed, progress)
    outcomes = tuple(each for case in cases for each in made.done.get(case.id, ()))
    now = session.spend
    return Measured(
        rungs=made.rungs,
        outcomes=outcomes,
        models=_models(outcomes),
        started_at=started_at,
        seconds=time.monotonic() - began,
        spent_usd=None if now.usd is None or usd is None else float(now.usd - usd),
        spent_tokens=now.tokens - tokens,
        calls=now.calls - calls,
        cached=session.cached - cached,
        own=tuple(case.id for case in cases if case.id in session.own),
        unfinished=unfinished,
    )


class _Run:
    """One run: `done` has the outcomes of the cases that went all the way, by id."""

    def __init__(self, session: Session, task: Task, rungs: tuple[RungName, ...], repeats: int) -> None:
        self.rungs = rungs
        self.done: dict[str, tuple[Outcome, ...]] = {}
        self._session = session
        self._task = task
        self._repeats = repeats

    async def through(self, cases: Sequence[Case], seed: int, progress: Callable[[Progress], None]) -> str:
        """All cases; why it ended before, else nothing."""
        order = list(cases)
        random.Random(seed).shuffle(order)  # noqa: S311 - an order that can be had again

        def told() -> None:
            progress(self._progress(len(order)))

        many = min(self._session.settings.concurrency, len(order))
        ended = await hands.through(order, self._case, many, told)
        told()
        return ended if len(self.done) < len(order) else ""

    async def _case(self, case: Case) -> None:
        """One rung after the other: what the next one asks again is not asked twice."""
        walks = [(rung, repeat) for rung in self.rungs for repeat in range(self._repeats)]
        walked = [await self._session.walk(self._task, case, rung, repeat=repeat) for rung, repeat in walks]
        self.done[case.id] = tuple(walked)

    def _progress(self, total: int) -> Progress:
        spent = self._session.spend
        usd = None if spent.usd is None else float(spent.usd)
        cached, waiting = self._session.cached, self._session.waiting
        return Progress(len(self.done), total, usd, spent.tokens, spent.calls, cached, waiting)


def _models(outcomes: tuple[Outcome, ...]) -> tuple[str, ...]:
    """The models that answered, votes left out."""
    names = {attempt.model for outcome in outcomes for attempt in outcome.attempts}
    return tuple(sorted(names - {ballot.MODEL}))
