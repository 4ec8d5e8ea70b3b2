"""Decided items are looked at before anybody asks for their figures: at the start, and soon after they were decided."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, TypeVar

from processor.core import errors
from processor.review.quality import MOST
from processor.review.values import Reviewer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from processor.core.task import Task
    from processor.review.quality import Memory
    from processor.review.web.site import Site

T = TypeVar("T")

LOG = logging.getLogger("untuned.review")

EVERY = 2.0
"""Seconds between two looks for what is new, at least."""

FEW = 100
"""Items that are looked at in one go: who asks for figures meanwhile waits for these, and then goes on alone."""

MARGIN = 60.0
"""Seconds by which the clocks of broker and application may differ."""

ALL = Reviewer("")
"""Nobody's own view: what is seen of an item is the same for everybody."""


class Ahead:
    """Fills a memory. `reckoning` is held by whoever uses that; what is not seen here is seen when it is asked for."""

    def __init__(self, site: Site, memory: Memory, reckoning: asyncio.Lock) -> None:
        self._site, self._memory, self._reckoning = site, memory, reckoning
        self._tasks: list[Task | None] = []
        self._since: float | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """At work until the block ends, and its thread with it: what that reads is closed next."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        try:
            async for _ in self._site.desk.changes():
                with contextlib.suppress(errors.StageError):  # the view is not there for a moment
                    await self._look()
                await asyncio.sleep(EVERY)
        except Exception as defect:  # noqa: BLE001 - the page of figures tells it whoever asks
            LOG.error("decided items cannot be looked at ahead: %s", type(defect).__name__)  # noqa: TRY400 - no contents

    async def _look(self) -> None:
        """All that is decided, where that is not known for these versions of the tasks; else what is new."""
        at, now = self._site, self._site.now().timestamp()
        tasks = [at.task(name) for name in at.tasks()]
        if len(tasks) != len(self._tasks) or any(
            one is not other for one, other in zip(tasks, self._tasks, strict=True)
        ):
            self._since = None
        marks = (await _in_thread(lambda: at.view.decided(ALL, since=self._since)))[-MOST:]
        for start in range(0, len(marks), FEW):
            some = marks[start : start + FEW]
            async with self._reckoning:
                await _in_thread(lambda some=some: self._memory.look(some, at.view.decisions))  # type: ignore[misc]
        self._tasks, self._since = tasks, now - MARGIN


async def _in_thread(run: Callable[[], T]) -> T:
    """As `asyncio.to_thread`; where it is cancelled, once the thread is done."""
    running = asyncio.create_task(asyncio.to_thread(run))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
