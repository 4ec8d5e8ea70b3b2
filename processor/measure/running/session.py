"""A session: labelled events through the worker's own pipeline, with nothing published and no Kafka needed."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
from typing import TYPE_CHECKING, Self

from processor.core import routing
from processor.core.delivery import backoff, parking
from processor.core.records import Retry, Wait, Work
from processor.measure.running import answers, calls, outcomes, outside, rungs, spend
from processor.measure.running.stages import NO_MESSAGE, NOWHERE, Stages, Wired
from processor.measure.scoring.score import Scorer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from processor.adapters.telemetry import Story
    from processor.config import Settings
    from processor.core.records import Attempt
    from processor.core.task import Task
    from processor.measure.records import Case, Outcome, RungName
    from processor.measure.running.stages import Found

    Connect = Callable[[Settings, Story], AbstractAsyncContextManager[outside.Outside]]


class Session:
    """Sends cases through the pipeline, as many at once as are asked for; used in one loop, as `async with Session(…)`.

    Models, retrieval and rules are wired as in a worker; calls wait at the same gates, and outages are waited out.
    Answers are kept (`answers`), so that the same question is paid for once.

    Attributes:
        spend: what was spent, and may be.
        own: ids of the cases that would have found themselves among the labelled examples.

    Args:
        settings: the project, the servers, and the calls that may be in flight.
        story: is told what a worker's is.
        limits: of what may be spent.
        connect: makes what is asked of the outside.
        sleep: as `asyncio.sleep`.
    """

    def __init__(
        self,
        settings: Settings,
        story: Story,
        *,
        limits: spend.Limits = spend.UNLIMITED,
        connect: Connect = outside.connected,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.story = story
        self.spend = spend.Spend(limits)
        self.own: set[str] = set()
        self._connect = connect
        self._sleep = sleep
        self._waits: dict[object, str] = {}
        self._closing = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the cache of answers; servers are connected to as they are needed.

        Raises:
            UsageError: the cache cannot be used, or models.toml is broken.
        """
        async with contextlib.AsyncExitStack() as closing:
            kept = closing.enter_context(answers.Answers(answers.path(self.settings), self.story.warn))
            servers = await closing.enter_async_context(self._connect(self.settings, self.story))
            asked = calls.Calls(self.settings, servers.ask, kept, self.spend)
            closing.push_async_callback(asked.close)
            self._wired = Wired(self.settings, self.story, servers, asked, self.own)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    @property
    def cached(self) -> int:
        """Calls that cost nothing, since they had been made before."""
        return self._wired.calls.cached

    @property
    def waiting(self) -> str:
        """What is waited for at present, in one line; empty where all goes on."""
        return next(iter(self._waits.values()), "") or self._wired.outside.waiting()

    async def attempt(
        self, task: Task, case: Case, work: Work | None = None, *, repeat: int = 0, found: Found | None = None
    ) -> outcomes.Settled:
        """What becomes of a case by one attempt.

        Args:
            task: the task, or what was made of it (`rungs.variant`).
            case: the case.
            work: which attempt, and those before it; None for the first.
            repeat: counted from 0: a model that varies is asked anew for each.
            found: maps what was retrieved to what the pipeline sees.

        Raises:
            Misconfigured: a wrong key, a missing collection or model: waiting would not help.
            Reached: nothing more may be spent.
            UsageError: there is a limit in US dollars, and what a call cost is not known.
        """
        return (await self._take(task, case, work or first(case), repeat, found)).decision

    async def walk(
        self,
        task: Task,
        case: Case,
        rung: RungName,
        *,
        repeat: int = 0,
        found: Found | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> Outcome:
        """What becomes of a case on a rung, all retries followed to its end.

        Args:
            task: the task, of which the rung is made (`rungs.variant`).
            case: the case.
            rung: any but `people`.
            repeat: as of `attempt`.
            found: as of `attempt`, for all attempts.
            attempts: are put in as if they had been made: the first that is made here is the one after them.

        Raises:
            ValueError: the task has no such rung.
            Misconfigured, Reached, UsageError: as `attempt`.
        """
        made = rungs.variant(task, rung)
        if made is None:
            raise ValueError(f"{task.name} has no rung {rung}")
        work = dataclasses.replace(first(case), attempt=attempts[-1].number + 1 if attempts else 1, attempts=attempts)
        taken = [await self._take(made, case, work, repeat, found)]
        while isinstance(decision := taken[-1].decision, Retry):
            work = dataclasses.replace(decision.work, attempt=decision.attempt)
            taken.append(await self._take(made, case, work, repeat, found))
        return outcomes.Walked(case, rung, repeat, tuple(taken), Scorer(made).score).outcome()

    async def _take(self, task: Task, case: Case, work: Work, repeat: int, found: Found | None) -> outcomes.Taken:
        """One attempt, outages waited out; an event whose own calls fail again and again goes to people, as ever."""
        failures, passed = 0, None
        while True:
            taken = await Stages(self._wired, task, case, repeat, found).run(work)
            if isinstance(taken, outcomes.Taken):
                return taken
            answered = self._wired.outside.answered(taken.dependency)
            if passed is not None and answered > passed and taken.suspect:
                work = dataclasses.replace(work, call_failures=work.call_failures + 1)
                if work.call_failures >= parking.MOST_FAILURES:
                    return outcomes.Taken(routing.after_failed_calls(NO_MESSAGE, work, taken))
            passed = answered
            await self._rest(taken, failures)
            failures += 1

    async def _rest(self, wait: Wait, failures: int) -> None:
        place = object()
        self._waits[place] = f"{wait.dependency}: {wait.detail}"
        try:
            await self._sleep(backoff.delay(failures, wait.retry_after, random.random()))  # noqa: S311 - jitter
        finally:
            del self._waits[place]


def first(case: Case) -> Work:
    """The work of a case's first attempt."""
    return Work(case.event, 1, (), NOWHERE, NOWHERE, None)
