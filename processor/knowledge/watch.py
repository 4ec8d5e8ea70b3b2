"""When to load a task's knowledge again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from processor.adapters.project import Stamp

EVERY = 1.0
"""Seconds between two looks at the files."""


async def changes(
    look: Callable[[], Stamp], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[None]:
    """Yield at once, then whenever the files differ and held still between two looks: one may be half written before.

    What changes while the caller works is a change, too.
    """
    taken = before = look()
    yield
    while True:
        await sleep(EVERY)
        found = look()
        if found == before != taken:
            taken = found
            yield
        before = found
