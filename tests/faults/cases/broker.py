"""The broker stopped, killed and paused; the way to it cut, stalled and reset."""

from __future__ import annotations

import asyncio
import functools
import signal
from typing import TYPE_CHECKING

from processor.core import exit_codes
from tests.faults.broker import forget
from tests.faults.scene import CONCURRENCY, PER_FAULT, Case

if TYPE_CHECKING:
    from tests.faults.fleet import Ended
    from tests.faults.scene import Scene

AWAY = 10.0
LONG_AWAY = 75.0
"""Seconds: longer than a request to Kafka may take (60), so that what waits to be sent is older than that."""

LOST_SEQUENCE = "the producer has ended"
"""What the watchdog says of a worker whose messages the broker takes no more."""


async def restarted(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 3000):
        for _ in range(1 if scene.short else 3):
            async with scene.fault("broker stopped and started"):
                await scene.stage.broker.stop()
                async with scene.stage.broker_away():
                    await asyncio.sleep(1 if scene.short else AWAY)
            await scene.working(200)


async def killed(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 3000):
        for _ in range(1 if scene.short else 3):
            async with scene.fault("broker killed and started"):
                scene.stage.broker.signal(signal.SIGKILL)
                async with scene.stage.broker_away():
                    await asyncio.sleep(1 if scene.short else AWAY)
            await scene.working(200)


async def long_away(scene: Scene) -> None:
    """What workers have to send is older than a request may be once the broker is back, and leads nothing yet."""
    async with scene.load(300 if scene.short else 2000):
        for kind in (signal.SIGTERM, signal.SIGKILL):
            seconds = 2 if scene.short else LONG_AWAY
            async with scene.fault(f"broker ended by {kind.name}, and away for {seconds:.0f} s"):
                scene.stage.broker.signal(kind)
                async with scene.stage.broker_away():
                    await asyncio.sleep(seconds)
            await scene.working(200)
    scene.find("workers that lost their sequence", len(lost_sequence(scene)), most=0)


async def power_loss(scene: Scene) -> None:
    """The broker comes back without the last of the journal, which it had acknowledged."""
    async with scene.load(300 if scene.short else 2000):
        for _ in range(1 if scene.short else 2):
            await scene.working(100 if scene.short else 300)  # so that there is something to lose
            known = len(lost_sequence(scene))
            async with scene.fault("the broker killed, and the end of the journal gone"):
                scene.stage.broker.signal(signal.SIGKILL)
                async with scene.stage.broker_away():
                    await asyncio.sleep(1)
                    shorter = forget(scene.stage.broker.data, scene.settings.topic("journal"))
            scene.find("partitions of the journal that are shorter", shorter, least=1)
            await scene.until(functools.partial(_more_lost, scene, known), "a worker to end")
        await scene.working(100)
    others = [each for worker in scene.workers for each in worker.ended if each not in lost_sequence(scene)]
    scene.find("workers that ended for another reason", len(others), most=0)


def _more_lost(scene: Scene, known: int) -> bool:
    return len(lost_sequence(scene)) > known


def lost_sequence(scene: Scene) -> list[Ended]:
    """The ends of workers whose producer had lost its sequence."""
    ended = [each for worker in scene.workers for each in worker.ended]
    return [each for each in ended if each.code == exit_codes.BROKEN and LOST_SEQUENCE in each.reason]


async def paused(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 3000):
        for _ in range(1 if scene.short else 2):
            async with scene.fault("broker paused"):
                scene.stage.broker.signal(signal.SIGSTOP)
                try:
                    await asyncio.sleep(10 if scene.short else 60)
                finally:
                    scene.stage.broker.signal(signal.SIGCONT)
            await scene.working(200)


async def cut(scene: Scene) -> None:
    async with scene.load(300 if scene.short else 3000):
        for seconds in (3,) if scene.short else (3, 20, 60):
            async with scene.fault(f"the way to Kafka cut for {seconds} s"):
                await scene.stage.kafka.cut()
                await asyncio.sleep(seconds)
                await scene.stage.kafka.forward()
            await scene.working(200)
        for seconds in () if scene.short else (5, 40):
            async with scene.fault(f"the way to Kafka stalled for {seconds} s"):
                scene.stage.kafka.stall()
                await asyncio.sleep(seconds)
                await scene.stage.kafka.forward()
            await scene.working(200)
        for _ in range(3 if scene.short else 10):
            scene.note("connections to Kafka reset")
            scene.stage.kafka.reset()
            await asyncio.sleep(2)


async def paid(scene: Scene) -> None:
    """Kafka is cut at the moment in which answers are sent, so that what was paid cannot be published."""
    async with scene.load(300 if scene.short else 2000):
        for _ in range(1 if scene.short else 8):
            await scene.paid()
            async with scene.fault("Kafka cut when an answer is sent"):
                await scene.stage.kafka.cut()
                await asyncio.sleep(scene.random.uniform(1, 6))
                await scene.stage.kafka.forward()
            await scene.working(60)


CASES = (
    Case("broker-restarted", "the broker stopped and started, 3 times", restarted, short=True),
    Case("broker-killed", "the broker killed -9 and started, 3 times", killed),
    Case("broker-long-away", "the broker away for longer than a request may take, twice", long_away),
    Case(
        "power-loss",
        "the broker comes back without the last of the journal: producers lose their sequence",
        power_loss,
        duplicates=3 * PER_FAULT,
        bought_twice=3 * PER_FAULT,
    ),
    Case("broker-paused", "the broker paused for a minute, twice", paused),
    Case("kafka-cut", "the way to Kafka cut, stalled and reset: the coordinator, too", cut),
    Case("paid", "producing fails when the model is paid", paid, short=True, duplicates=3 * CONCURRENCY),
)
