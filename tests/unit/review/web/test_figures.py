from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from processor.review.web import figures

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def reckoning(clock: Clock, seconds: float) -> Callable[[], int]:
    made = iter(range(100))

    def reckon() -> int:
        clock.now += seconds
        return next(made)

    return reckon


async def test_they_are_kept_the_longer_the_longer_they_took() -> None:
    clock = Clock()
    kept = figures.Figures[int](clock)
    reckon = reckoning(clock, 0.5)
    assert await kept.of("all", reckon) == (0, 0.0)
    clock.now += 14.0
    assert await kept.of("all", reckon) == (0, 14.0)
    clock.now += 1.0
    assert await kept.of("all", reckon) == (1, 0.0)


async def test_they_are_never_kept_for_long() -> None:
    clock = Clock()
    kept = figures.Figures[int](clock)
    reckon = reckoning(clock, 100.0)
    await kept.of("all", reckon)
    clock.now += figures.LONGEST
    assert await kept.of("all", reckon) == (1, 0.0)


async def test_those_who_ask_for_the_same_at_once_wait_for_one_reckoning() -> None:
    clock = Clock()
    kept = figures.Figures[int](clock)
    reckon = reckoning(clock, 1.0)
    found = await asyncio.gather(*(kept.of("all", reckon) for _ in range(5)))
    assert {each for each, _ in found} == {0}
    assert (await kept.of("other", reckon))[0] == 1


async def test_only_so_many_are_kept() -> None:
    clock = Clock()
    kept = figures.Figures[int](clock)
    reckon = reckoning(clock, 1.0)
    for asked in range(figures.MOST + 1):
        await kept.of(asked, reckon)
    assert await kept.of(0, reckon) == (figures.MOST + 1, 0.0)
