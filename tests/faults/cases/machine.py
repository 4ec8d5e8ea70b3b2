"""The worker's own machine: a full disk, a clock that jumps, a rule that loops for ever, memory."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.scene import Case

if TYPE_CHECKING:
    from tests.faults.scene import Scene

MIB = 2**20
FULL = ("sh", "-c", 'ulimit -f 8; exec "$@"', "sh")
"""No file may be larger than 4 or 8 KiB: writing more fails as it does on a full disk, the log included."""

CLOCK = Path(__file__).parent.parent / "clock"
"""Holds a `sitecustomize` that moves the clock of a Python process."""

MOVED = {"PYTHONPATH": str(CLOCK), "FAULTS_CLOCK": "{folder}/clock"}

RULES = """
from processor.core.rules import rule

@rule(seconds=0.2)
def runs_on(event, answer, passages):
    while event.id in %r:
        pass
"""
LOOPS = tuple(f"e{number}" for number in range(4, 2000, 100))


async def disk_full(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 2000):
        await scene.working(200)


async def clock(scene: Scene) -> None:
    """The clock is set an hour ahead, back by two, a day ahead, and right again."""
    shift = scene.folder / "clock"
    async with scene.load(300 if scene.short else 2500):
        for hours in (1, -1, 24, 0):
            scene.note(f"the workers' clock is {hours} h ahead")
            shift.write_text(str(hours * 3600))
            await scene.working(250)


async def rule_loops(scene: Scene) -> None:
    scene.feeder.events(300 if scene.short else 2000)


async def memory(scene: Scene) -> None:
    """100,000 events, then ten minutes of outage under load."""
    scene.model.latency = 0.05
    count = int(100_000 * scene.part)
    samples: list[tuple[float, int]] = []
    sampling = asyncio.create_task(_sample(scene, samples))
    try:
        async with scene.load(count, backlog=3000):
            await scene.until(lambda: len(scene.watch.settled) >= count, "all to be settled", 3000)
        _flat(scene, "many events", samples)
        samples.clear()
        async with scene.load(0, backlog=3000), scene.fault(f"model down for {600 * scene.part:.0f} s"):
            await scene.way.cut()
            await asyncio.sleep(600 * scene.part)
            await scene.way.forward()
        _flat(scene, "an outage", samples)
    finally:
        sampling.cancel()


async def _sample(scene: Scene, samples: list[tuple[float, int]]) -> None:
    while True:
        samples.extend((time.monotonic(), worker.memory()) for worker in scene.workers)
        await asyncio.sleep(1)


def _flat(scene: Scene, what: str, samples: list[tuple[float, int]]) -> None:
    """Compare the last quarter of the time with the second: what is needed is there by then."""
    sizes = [size / MIB for _, size in samples if size]
    quarter = len(sizes) // 4
    before, after = statistics.median(sizes[quarter : 2 * quarter]), statistics.median(sizes[-quarter:])
    scene.find(f"MiB at the end of {what}", after, most=200)
    scene.find(f"MiB that it grew from the second quarter to the last of {what}", after - before, most=10)


CASES = (
    Case("disk-full", "no file of the worker's can grow, its log neither", disk_full, duplicates=0, before=FULL),
    Case("clock", "the clock jumps by hours and a day", clock, duplicates=0, environment=MOVED),
    Case(
        "rule-loops",
        "a rule that loops for ever, for one event in a hundred",
        rule_loops,
        duplicates=0,
        rules=RULES % (LOOPS,),
        odd=LOOPS,
    ),
    Case(
        "memory",
        "100,000 events, then ten minutes of outage under load",
        memory,
        workers=1,
        duplicates=0,
        bought_twice=64,
        patience=600,
        environment={"UNTUNED_CONCURRENCY": "64"},
    ),
)
