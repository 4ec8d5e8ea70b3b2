"""The model away, limited, hanging, broken."""

from __future__ import annotations

import asyncio
import bisect
import time
from typing import TYPE_CHECKING, Any

from bench.stub_model import Fault, RateLimit
from tests.faults import project
from tests.faults.scene import CONCURRENCY, Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.stub_model import Call
    from tests.faults.scene import Scene

RESUMES = 10.0
"""Seconds after an outage's end within which calls resume."""

HERD = 8
"""Calls of one worker in the first second after that."""

RATE = 20.0
SETTLED = 0.8
"""The part of the allowed rate that the throughput must reach."""

HANGING = "e30"

PATIENT = 500.0
IMPATIENT = {"OPENAI_TIMEOUT": "5"}


async def down(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 3000):
        for seconds in (8,) if scene.short else (10, 60, 180):
            async with scene.fault(f"model down for {seconds} s"):
                await scene.way.cut()
                await asyncio.sleep(seconds)
            await back(scene)
            await scene.working(150)


async def back(scene: Scene) -> None:
    """Let the model be there again; note when calls resume and how many come in the first second."""
    known, began = len(scene.model.calls), time.time()
    await scene.way.forward()
    await scene.until(lambda: len(scene.model.calls) > known, "calls to resume", 60 * scene.slack)
    first = scene.model.calls[known].began
    scene.find("calls resume after s", first - began, most=RESUMES * scene.slack)
    await asyncio.sleep(1.1)
    herd = sum(first <= call.began < first + 1 for call in scene.model.calls[known:])
    scene.find("calls in the first second", herd, most=HERD * len(scene.workers))


async def failing(scene: Scene) -> None:
    """The model is there, and answers nothing but errors."""
    async with scene.load(300 if scene.short else 2000):
        for fault in (Fault("status", 503), Fault("status", 500), Fault("status", 429), Fault("status", 401)):
            async with scene.fault(f"model answers {fault.status} for 20 s"):
                scene.model.choose = lambda _, fault=fault: fault
                await asyncio.sleep(20)
                scene.model.choose = None
            await scene.working(50)


async def stalled(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 2000):
        for seconds in (20, 60):
            async with scene.fault(f"no byte from the model for {seconds} s"):
                scene.way.stall()
                await asyncio.sleep(seconds)
                await scene.way.forward()
            await scene.working(50)


async def limited(scene: Scene) -> None:
    """More is wanted than the model allows."""
    limit = scene.model.limit = RateLimit(RATE)
    async with scene.load(0):
        await asyncio.sleep(10)
        began, seconds = time.time(), 15 if scene.short else 60
        await asyncio.sleep(seconds)
        calls, refused = list(scene.model.calls), sorted(limit.refused)
    passed = sum(call.status == 200 and began <= call.began < began + seconds for call in calls)
    scene.find("throughput over the allowed rate", passed / seconds / RATE, least=SETTLED)
    if len(scene.workers) == 1:
        early = sum(_early(call, refused) for call in calls if began <= call.began < began + seconds)
        scene.find("calls in the second of a Retry-After", early, most=0.02 * passed)
    scene.model.limit = None


def _early(call: Call, refused: list[float]) -> bool:
    """Whether a call began while a Retry-After of a second held that its worker must have heard of."""
    last = bisect.bisect_left(refused, call.began - 0.15)
    return last > 0 and call.began - refused[last - 1] < 0.95


def one(fault: Fault) -> Callable[[Scene], Any]:
    """A script: the calls of one event meet the fault, always, and the others must not wait for it."""

    async def script(scene: Scene) -> None:
        scene.model.choose = lambda body: fault if project.label(body)[0] == HANGING else None
        began = time.monotonic()
        scene.feeder.events(300 if scene.short else 3000)
        count = scene.feeder.sent
        await scene.until(lambda: len(scene.watch.settled - {HANGING}) >= count - 1, "all others to be settled", 240)
        most = 60 * scene.slack if scene.short else 150
        scene.find("seconds until all others are settled", time.monotonic() - began, most=most)
        if scene.short:  # else it goes to people, in minutes
            scene.model.choose = None
        while not scene.short and HANGING not in scene.watch.settled and time.monotonic() < began + PATIENT:
            scene.feeder.events(1)  # while no other call passes, it looks like an outage
            await asyncio.sleep(0.5)

    return script


async def flaky(scene: Scene) -> None:
    """One call in five fails in one way or another."""
    ways = (
        Fault("reset"),
        Fault("half"),
        Fault("garbage"),
        Fault("status", 500),
        Fault("status", 503, (("Retry-After", "1"),)),
        Fault("status", 429, (("Retry-After", "1"),)),
    )
    scene.model.choose = lambda _: scene.random.choice(ways) if scene.random.random() < 0.2 else None
    async with scene.load(300 if scene.short else 1500):
        await scene.working(200)


CASES = (
    Case(
        "model-down",
        "the model away, and back: nothing spent, no herd",
        down,
        duplicates=0,
        bought_twice=CONCURRENCY,
        short=True,
    ),
    Case("model-failing", "the model answers 503, 500, 429, 401", failing, duplicates=0),
    Case(
        "model-stalled",
        "the model's packets are dropped",
        stalled,
        duplicates=0,
        bought_twice=6 * CONCURRENCY,
        environment=IMPATIENT,
    ),
    Case("model-limited", "a rate limit for one worker", limited, workers=1, duplicates=0),
    Case("model-limited-for-3", "a rate limit that three workers share", limited, duplicates=0),
    Case(
        "hang",
        "the calls of one event hang",
        one(Fault("hang")),
        duplicates=0,
        environment=IMPATIENT,
        patience=PATIENT,
        odd=(HANGING,),
        workers=2,
    ),
    Case(
        "drip",
        "the answers to one event come a byte a second",
        one(Fault("drip")),
        duplicates=0,
        environment=IMPATIENT,
        patience=PATIENT,
        odd=(HANGING,),
        workers=2,
    ),
    Case("flaky", "one call in five is reset, cut short, garbage or an error", flaky, duplicates=0, patience=PATIENT),
)
