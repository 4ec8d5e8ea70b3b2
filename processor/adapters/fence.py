"""Keeps a worker that was away too long from publishing: another may own its partitions by now.

A process that was stopped (SIGSTOP, a suspended machine, a long pause of a virtual one) goes on where it was, before it
hears that the group went on without it. So nothing is published while the last heartbeat that the group's coordinator
took is older than the session: it could have given the partitions away.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_EVERY = 0.2
"""Seconds between two looks of those that wait."""


class Fence:
    """One for a worker; `beat` is called in the consumer's thread.

    Args:
        session: seconds after which the coordinator gives a member up that it has not heard of.
        clock: seconds, monotonic; it must go on while the process is stopped, as Linux's does.
    """

    def __init__(self, session: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._heard = clock()

    def beat(self, sent: float) -> None:
        """Note a heartbeat that was sent at this time of the clock and then taken; or that the group was joined."""
        self._heard = max(self._heard, sent)

    @property
    def holds(self) -> bool:
        """Whether nothing may be published."""
        return self._clock() - self._heard > self._session

    async def passed(self) -> None:
        """Return as soon as something may be published; a worker that has lost its partitions cancels who waits."""
        while self.holds:  # noqa: ASYNC110 - beats come from another thread, and rarely is anybody here
            await asyncio.sleep(LOOK_EVERY)
