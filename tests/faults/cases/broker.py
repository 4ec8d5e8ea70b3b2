"""The broker stopped, killed and paused; the way to it cut, stalled and reset."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tests.faults.scene import CONCURRENCY, Case

if TYPE_CHECKING:
    from tests.faults.scene import Scene

AWAY = 10.0


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
    Case("broker-paused", "the broker paused for a minute, twice", paused),
    Case("kafka-cut", "the way to Kafka cut, stalled and reset: the coordinator, too", cut),
    Case("paid", "producing fails when the model is paid", paid, short=True, duplicates=3 * CONCURRENCY),
)
