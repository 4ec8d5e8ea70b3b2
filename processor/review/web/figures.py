"""Figures that take seconds to add up, kept for a while: the longer the longer they took.

Everybody who asks for the same at once waits for one reckoning.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

WORTH = 30.0
"""They are kept for so many times the seconds that they took: a page looked at all day costs a thirtieth of a core."""

LONGEST = 60.0
"""Seconds that they are kept at most."""

MOST = 32
"""Figures of so many askings are kept."""


class Figures(Generic[T]):
    """What was reckoned last, by what was asked; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: dict[Hashable, tuple[float, float, T]] = {}
        self._busy: dict[Hashable, asyncio.Lock] = {}

    async def of(self, asked: Hashable, reckon: Callable[[], T]) -> tuple[T, float]:
        """The figures, reckoned in a thread where none are kept, and how many seconds old they are."""
        async with self._busy.setdefault(asked, asyncio.Lock()):
            kept = self._found.get(asked)
            if kept is None or self._clock() >= kept[1]:
                began = self._clock()
                made = await asyncio.to_thread(reckon)
                now = self._clock()
                self._found.pop(asked, None)
                self._found[asked] = kept = (now, now + min(LONGEST, WORTH * (now - began)), made)
                self._forget()
            return kept[2], self._clock() - kept[0]

    def _forget(self) -> None:
        for asked in list(self._found)[:-MOST]:
            del self._found[asked]
            if not self._busy[asked].locked():
                del self._busy[asked]
