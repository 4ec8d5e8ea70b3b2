"""Answers that no broker takes, or none any more."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.faults import project
from tests.faults.broker import alter
from tests.faults.scene import CONCURRENCY, Case

if TYPE_CHECKING:
    from tests.faults.scene import Scene

RESULT_LIMIT = 20_000
"""Bytes that the results topic takes."""

LARGE = tuple(f"e{number}" for number in range(100, 2000, 100))
TOO_LARGE = tuple(f"e{number}" for number in range(3, 1000, 10))


async def too_large(scene: Scene) -> None:
    """Answers that make a result larger than the broker takes."""
    await limit(scene)

    def answer(body: dict[str, Any]) -> str:
        number = int(project.label(body)[0][1:] or 0)
        large = json.dumps({"category": "card", "reason": "x" * 2 * RESULT_LIMIT})
        return large if number % 10 == 3 else project.answer(body)

    scene.model.answer = answer
    count = 200 if scene.short else 1000
    scene.feeder.events(count)
    await scene.until(lambda: len(scene.watch.settled) >= count, "all to be settled", 120)


async def limit_lowered(scene: Scene) -> None:
    """The results topic takes less from now on than workers read at their start."""
    large = json.dumps({"category": "card", "reason": "x" * 2 * RESULT_LIMIT})
    numbers = range(100, 2000, 100)
    scene.model.answer = lambda body: large if project.label(body)[0] in LARGE else project.answer(body)
    scene.feeder.events(100)
    await scene.working(100)
    scene.note("the limit of the results topic is lowered")
    await limit(scene)
    for _ in numbers[: 3 if scene.short else None]:
        scene.feeder.events(1)  # alone: no other message shows that its partition's sequence has a gap
        await scene.until(lambda: len(scene.watch.settled) >= scene.feeder.next, "a large one to be settled", 90)
        scene.feeder.events(99)
        await scene.until(lambda: len(scene.watch.settled) >= scene.feeder.next, "the others to be settled", 90)


async def limit(scene: Scene) -> None:
    await asyncio.to_thread(
        alter, scene.settings.kafka, scene.settings.topic("results"), {"max.message.bytes": str(RESULT_LIMIT)}
    )


CASES = (
    Case("too-large", "results that are larger than the broker takes", too_large, duplicates=0, odd=TOO_LARGE),
    Case(
        "limit-lowered",
        "the results topic takes less than when the workers started",
        limit_lowered,
        odd=LARGE,
        bought_twice=CONCURRENCY,
    ),
)
