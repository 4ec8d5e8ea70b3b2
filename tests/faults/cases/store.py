"""Weaviate away, slow, restarted, its collection dropped and loaded again."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tests.faults.scene import Case

if TYPE_CHECKING:
    from tests.faults.scene import Scene


async def down(scene: Scene) -> None:
    store = scene.store
    assert store is not None
    async with scene.load(300 if scene.short else 2000):
        for seconds in (8,) if scene.short else (20, 60):
            async with scene.fault(f"Weaviate away for {seconds} s"):
                await store.cut()
                await asyncio.sleep(seconds)
                await store.forward()
            await scene.working(100)
        async with scene.fault("Weaviate's packets are dropped for 20 s"):
            store.stall()
            await asyncio.sleep(20)
            await store.forward()
        await scene.working(100)


async def slow(scene: Scene) -> None:
    store = scene.store
    assert store is not None
    async with scene.load(300 if scene.short else 1000):
        async with scene.fault("Weaviate slow for 30 s"):
            store.slow(0.5)
            await asyncio.sleep(30)
            await store.forward()
        await scene.working(100)


async def restarted(scene: Scene) -> None:
    store = scene.store
    assert store is not None
    async with scene.load(300 if scene.short else 1500):
        for _ in range(2):
            async with scene.fault("Weaviate killed and started"):
                store.server.signal(signal.SIGKILL)
                await asyncio.sleep(3)
                await store.server.start()
            await scene.working(100)


async def dropped(scene: Scene) -> None:
    store = scene.store
    assert store is not None
    async with scene.load(300 if scene.short else 1500):
        for _ in range(2):
            async with scene.fault("the collection dropped and loaded again"):
                await store.drop()
                await asyncio.sleep(8)
                await scene.load_knowledge()
            await scene.working(100)


CASES = (
    Case("store-down", "Weaviate away, and back: nothing spent", down, duplicates=0, retrieves=True),
    Case("store-slow", "Weaviate answers late", slow, duplicates=0, retrieves=True),
    Case("store-restarted", "Weaviate killed and started", restarted, duplicates=0, retrieves=True),
    Case("store-dropped", "the collection dropped and loaded again", dropped, duplicates=0, retrieves=True),
)
