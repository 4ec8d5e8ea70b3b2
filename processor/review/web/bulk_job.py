"""A confirmed bulk decision at work: item by item, a few at once, with its progress."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from processor.core import errors
from processor.core.views import display
from processor.review.web import bulk_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from processor.core.records import Ruling
    from processor.review.values import Reviewer
    from processor.review.web.bulk_plan import Asked, Sorted
    from processor.review.web.site import Site

AT_ONCE = 8
"""Decisions that wait for the broker at a time."""
MOST_JOBS = 50
"""Finished ones that can still be looked at."""
ENDED = "The login that it was begun with has ended, or what you may see and decide has changed."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; `alive` says whether they still may what they could when they asked."""

    me: Reviewer
    alive: Callable[[], bool]


class Job:
    """One confirmed request.

    Attributes:
        asker: whose it is, as they asked last.
        asked: what.
        refs: of which items.
        done: those whose decision counts.
        second: those where another reviewer was first, with who.
        left: those that could not be decided so, with why.
        seen_by: who asked, with each scope that they had.
        stopped: why it stopped before its end; what was done stays done.
    """

    def __init__(self, site: Site, asker: Asker, asked: Asked, refs: Iterable[str]) -> None:
        self.asker = asker
        self.asked = asked
        self.refs = tuple(dict.fromkeys(refs))
        self.done: list[Sorted] = []
        self.second: list[tuple[Sorted, str]] = []
        self.left: list[Sorted] = []
        self.seen_by = {asker.me}
        self.stopped = ""
        self._site = site
        self._task: asyncio.Task[None] | None = None

    @property
    def by(self) -> str:
        """Whose it is."""
        return self.asker.me.name

    @property
    def settled(self) -> int:
        """How many items are through."""
        return len(self.done) + len(self.second) + len(self.left)

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._task is not None and not self._task.done()

    def start(self, asker: Asker) -> None:
        """Begin, or go on after a stop as who asks now; nothing happens where it is at work or through."""
        if self.running or self.settled == len(self.refs):
            return
        self.asker, self.stopped = asker, ""
        self.seen_by.add(asker.me)
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Stop; decisions that were sent stay."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        through = {each.ref for each in (*self.done, *self.left, *(one for one, _ in self.second))}
        left = iter([ref for ref in self.refs if ref not in through])
        self._site.log.write(
            "bulk", self.by, action=self.asked.action, items=len(self.refs) - len(through), token=self.asked.token
        )
        await self._through(left)
        if self.stopped:
            about = {"why": self.stopped, "token": self.asked.token}
            self._site.log.write("bulk_stopped", self.by, done=len(self.done), items=len(self.refs), **about)

    async def _through(self, left: Iterable[str]) -> None:
        async def work() -> None:
            for ref in left:
                if not (self.stopped or self.asker.alive()):
                    self.stopped = ENDED
                if self.stopped:
                    return
                await self._decide(ref)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(work())
        except* errors.StageError as failed:
            self.stopped = str(failed.exceptions[0])
        except* Exception as failed:  # noqa: BLE001 - the page says that it stopped, whatever it was
            self.stopped = f"This is a defect of untuned ({type(failed.exceptions[0]).__name__})."

    async def _decide(self, ref: str) -> None:
        found = bulk_plan.sort(self._site, self.asker.me, self.asked, ref)
        if found.standing == "done":
            self.done.append(found)
        elif found.ruling is None:
            self.left.append(found)
        else:
            await self._publish(dataclasses.replace(found, ruling=None), found.ruling)
        await asyncio.sleep(0)

    async def _publish(self, found: Sorted, ruling: Ruling) -> None:
        try:
            settled = await self._site.desk.decide(ruling)
        except LookupError:
            self.left.append(dataclasses.replace(found, standing="left", why="is not there any more"))
            return
        about = {"task": ruling.task, "event": display.short(ruling.event_id, 200), "action": ruling.action.value}
        self._site.log.write("decided", self.by, **about, bulk=self.asked.token)
        if settled.counts:
            self.done.append(found)
        else:
            self.second.append((found, settled.ruling.by))


class Jobs:
    """Those of this instance, by their tokens."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def find(self, token: str, by: str) -> Job | None:
        """A reviewer's own job."""
        job = self._jobs.get(token)
        return job if job is not None and job.by == by else None

    def running(self, by: str, but: str) -> int:
        """How many of a reviewer's are at work, beside that of a token."""
        return sum(each.running for token, each in self._jobs.items() if each.by == by and token != but)

    def start(self, job: Job) -> None:
        """Begin a job; one with its token that is there already goes on instead."""
        known = self._jobs.setdefault(job.asked.token, job)
        if known.by == job.by and set(known.refs) == set(job.refs):
            known.start(job.asker)
        for token, each in [*self._jobs.items()][:-MOST_JOBS]:
            if not each.running:
                del self._jobs[token]

    async def end(self, _app: web.Application) -> None:
        """Stop all, as the application does."""
        await asyncio.gather(*(each.end() for each in self._jobs.values()))


JOBS = web.AppKey("jobs", Jobs)
