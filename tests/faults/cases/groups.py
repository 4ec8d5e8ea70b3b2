"""Workers that join and leave: the group rebalances under load, in long calls, and while it rebalances."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tests.faults.scene import CONCURRENCY, PER_FAULT, Case

if TYPE_CHECKING:
    from tests.faults.scene import Scene

LONG_CALL = 60.0


async def churn(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 4000):
        for n in range(2 if scene.short else 10):
            scene.note(f"a worker joins, number {n + 1}")
            joined = scene.hire()
            await scene.working(150)
            scene.note(f"a worker leaves, number {n + 1}")
            await scene.random.choice([joined, scene.workers[n % 2]]).stop()
            for worker in scene.workers[:2]:
                if not worker.running:
                    worker.start()
            await scene.working(100)


async def crowd(scene: Scene) -> None:
    """More workers than partitions, then fewer by one at a time until one is left."""
    async with scene.load(300 if scene.short else 3000):
        await scene.until(lambda: all(worker.running for worker in scene.workers), "all to run")
        await scene.working(300)
        for worker in scene.workers[1:]:
            scene.note("a worker leaves for good")
            await worker.stop()
            await scene.working(20)


async def last_one(scene: Scene) -> None:
    """All but one are killed at once and do not come back."""
    async with scene.load(300 if scene.short else 3000):
        await scene.working(300)
        scene.note("all but one killed")
        await asyncio.gather(*(worker.abandon() for worker in scene.workers[1:]))
        await scene.working(300)


async def long_calls(scene: Scene) -> None:
    """Calls take a minute; meanwhile workers join and leave."""
    scene.model.latency = 20.0 if scene.short else LONG_CALL
    scene.feeder.events(48 if scene.short else 120)
    await scene.until(lambda: len(scene.model.calls) >= 16, "calls to begin")
    await asyncio.sleep(10)
    scene.note("a worker joins in the middle of long calls")
    joined = scene.hire()
    await asyncio.sleep(40)
    scene.note("a worker leaves in the middle of long calls")
    await joined.stop()


async def nested(scene: Scene) -> None:
    """A rebalance has hardly begun when the next one does."""
    async with scene.load(300 if scene.short else 3000):
        for n in range(2 if scene.short else 6):
            scene.note(f"two join, one is killed and one leaves, all at once, number {n + 1}")
            new = [scene.hire()]
            await asyncio.sleep(scene.random.uniform(1, 3))
            new.append(scene.hire())
            await asyncio.sleep(scene.random.uniform(1, 3))
            scene.note("… the kill")
            scene.workers[0].signal(signal.SIGKILL)
            await asyncio.sleep(scene.random.uniform(0, 1))
            scene.note("… the leaving")
            scene.workers[1].signal(signal.SIGTERM)
            await scene.working(150)
            await asyncio.gather(*(worker.stop() for worker in new))
            await scene.working(50)


async def grace(scene: Scene) -> None:
    """A worker that is stopped finishes its long calls."""
    scene.model.latency = 20.0
    scene.feeder.events(48)
    await scene.until(lambda: len(scene.model.calls) >= 16, "calls to begin")
    await asyncio.sleep(2)
    scene.note("SIGTERM in the middle of calls of 20 s")
    scene.workers[0].signal(signal.SIGTERM)


CASES = (
    Case("churn", "20 rebalances under load: workers join and leave", churn, workers=2, duplicates=0),
    Case("crowd", "more workers than partitions, leaving one by one", crowd, workers=4, partitions=2, duplicates=0),
    Case(
        "last-one",
        "all but one worker killed at once",
        last_one,
        workers=4,
        duplicates=3 * PER_FAULT,
        bought_twice=3 * CONCURRENCY,
    ),
    Case(
        "long-calls",
        "workers join and leave in the middle of calls of 60 s",
        long_calls,
        workers=2,
        duplicates=0,
        patience=600,
        environment={"OPENAI_TIMEOUT": "120"},
        recovery=LONG_CALL + 60,
    ),
    Case("nested", "a rebalance in the middle of a rebalance, with a kill in it", nested, bought_twice=CONCURRENCY),
    Case("grace", "a worker is stopped in the middle of calls of 20 s", grace, workers=1, duplicates=0),
)
