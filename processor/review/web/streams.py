"""The live updates that are open on this instance: some for each reviewer, and a bound for all."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_OF_ONE = 8
"""Of one reviewer: the oldest ends for a new one. Only pages in sight have one, and a browser has six connections."""
MOST = 400
"""In all: whenever something changes, each of them looks into the view."""


@dataclass(eq=False, slots=True)
class Stream:
    """One that is open; `outrun` says that a newer one of the same reviewer has ended it."""

    task: asyncio.Task[Any]
    until: asyncio.Timeout
    outrun: bool = False

    def outran(self) -> None:
        """End it, also where it waits for a browser that does not read."""
        self.outrun = True
        self.until.reschedule(0)


class Streams:
    """Those of an application."""

    def __init__(self) -> None:
        self._of: dict[str, list[Stream]] = {}

    @property
    def number(self) -> int:
        """How many are open."""
        return sum(map(len, self._of.values()))

    def has_room(self, by: str) -> bool:
        """Whether the reviewer can have one more; where they have as many as one may have, one of theirs ends."""
        return self.number < MOST or len(self._of.get(by, ())) >= MOST_OF_ONE

    @contextlib.contextmanager
    def joined(self, by: str, until: asyncio.Timeout) -> Iterator[Stream]:
        """A reviewer's stream, for as long as the block lasts; called within `until`, which ends it."""
        task = asyncio.current_task()
        assert task is not None
        made, mine = Stream(task, until), self._of.setdefault(by, [])
        while len(mine) >= MOST_OF_ONE:
            mine.pop(0).outran()
        mine.append(made)
        try:
            yield made
        finally:
            if not made.outrun:
                mine.remove(made)
            if not self._of.get(by):
                self._of.pop(by, None)

    async def end(self, _app: web.Application) -> None:
        """End all, as the application does."""
        for each in [each for mine in self._of.values() for each in mine]:
            each.task.cancel()


STREAMS = web.AppKey("streams", Streams)
