"""The model away, limited, hanging, broken."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.faults.scene import Case

if TYPE_CHECKING:
    from tests.faults.scene import Scene

RESUMES = 10.0


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
    await scene.until(lambda: len(scene.model.calls) > known, "calls to resume", 60)
    scene.find("calls resume after s", scene.model.calls[known].began - began, most=RESUMES)
    first = scene.model.calls[known].began
    await asyncio.sleep(1.1)
    herd = sum(first <= call.began < first + 1 for call in scene.model.calls[known:])
    scene.find("calls in the first second", herd, most=8 * len(scene.workers))


CASES = (Case("model-down", "the model away, and back: nothing spent, no herd", down, short=True, duplicates=0),)
