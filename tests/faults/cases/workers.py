"""Workers that are killed, stopped and paused."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tests.faults.scene import CONCURRENCY, Case

if TYPE_CHECKING:
    from tests.faults.scene import Scene

PAUSE, SHORT_PAUSE = 30.0, 18.0
"""Seconds that a worker is paused, in the long form and in the short: longer than its session (10)."""


async def kill9(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 4000):
        for n in range(2 if scene.short else 50):
            worker = await scene.any_worker()
            scene.note(f"kill -9, number {n + 1}")
            worker.signal(signal.SIGKILL)
            await asyncio.sleep(scene.random.uniform(3, 7))


async def sigterm(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 4000):
        for n in range(3 if scene.short else 50):
            worker = await scene.any_worker()
            scene.note(f"SIGTERM, number {n + 1}")
            worker.signal(signal.SIGTERM)
            await asyncio.sleep(scene.random.uniform(3, 7))


async def sigstop(scene: Scene) -> None:
    pause = SHORT_PAUSE if scene.short else PAUSE
    async with scene.load(300 if scene.short else 3000):
        for n in range(1 if scene.short else 4):
            worker = await scene.any_worker()
            async with scene.fault(f"SIGSTOP for {pause:.0f} s, number {n + 1}"):
                worker.signal(signal.SIGSTOP)
                await asyncio.sleep(pause)
                worker.signal(signal.SIGCONT)
            await scene.working(200)


CASES = (
    Case(
        "kill9",
        "random workers killed, 50 times, with an audit of each result",
        kill9,
        bought_twice=CONCURRENCY,
        short=True,
        audited=True,
    ),
    Case("sigterm", "random workers stopped, 50 times", sigterm, duplicates=0),
    Case(
        "sigstop",
        "a worker paused for longer than its session, and back",
        sigstop,
        bought_twice=CONCURRENCY,
        short=True,
    ),
)
