"""Waking whoever waits for the view to change: from the thread that fills it to the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PAUSE = 0.3
"""Seconds between two numbers for one listener."""


class News:
    """A number that grows, and those who wait for it; made in the event loop."""

    def __init__(self) -> None:
        self.number = 0
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def tell(self) -> None:
        """Something has changed; from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._tell)

    async def until(self, fits: Callable[[], bool], seconds: float) -> bool:
        """Wait for a change after which this is so; False where it was not in time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    changed = self._changed
                    if fits():
                        return True
                    await changed.wait()
        except TimeoutError:
            return fits()

    async def numbers(self) -> AsyncIterator[int]:
        """The number now, and whenever it has grown."""
        seen = -1
        while True:
            changed = self._changed
            if seen == self.number:
                await changed.wait()
            seen = self.number
            yield seen
            await asyncio.sleep(PAUSE)

    def _tell(self) -> None:
        self.number += 1
        self._changed.set()
        self._changed = asyncio.Event()
