"""Rulings: published, read back, and what follows from the one that counts."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from processor.core import errors
from processor.review.values import Key, Settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.core.records import Ruling
    from processor.review.desk.completing import Completer
    from processor.review.desk.leasing import Leasing
    from processor.review.desk.outcomes import Name
    from processor.review.desk.parts import Parts
    from processor.review.desk.sending import Sending
    from processor.review.values import Item


class Settling:
    """Over what the desk publishes.

    Args:
        parts: of the desk.
        find: the whole item of a ref; see `Desk.decide` for what it raises.
        sending: publishes.
        leasing: ends the lease of whoever has decided.
        completer: sees to what follows where it fails here.
    """

    def __init__(
        self, parts: Parts, find: Callable[[str], Item], sending: Sending, leasing: Leasing, completer: Completer
    ) -> None:
        self._parts, self._find = parts, find
        self._sending, self._leasing, self._completer = sending, leasing, completer
        self._running: dict[tuple[str, str, str], asyncio.Task[Settled]] = {}

    async def settle(self, ruling: Ruling) -> Settled:
        """Publish a ruling, and what follows from it where it counts. See `Desk.decide`."""
        name = (Key(ruling.task, ruling.event_id, ruling.replay).ref, ruling.by, ruling.id)
        running = self._running.get(name)
        if running is None:
            running = self._running[name] = asyncio.create_task(self._settle(name[0], ruling))
            running.add_done_callback(lambda done: self._done(name, done))
        settled = await asyncio.shield(running)
        return dataclasses.replace(settled, counts=settled.counts and _says(settled.ruling) == _says(ruling))

    async def finish(self, seconds: float) -> None:
        """Let what was begun end, for so long."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)

    def _done(self, name: tuple[str, str, str], done: asyncio.Task[Settled]) -> None:
        del self._running[name]
        if not done.cancelled():
            done.exception()  # whoever asked may be gone: then nobody else takes it

    async def _settle(self, ref: str, ruling: Ruling) -> Settled:
        item = self._find(ref)
        if not _is_given(item, ruling):
            out = await asyncio.to_thread(self._parts.wire.encode_ruling, ruling, item.message.key)
            await self._sending.back(await self._sending.about(out, item))
        item = self._find(ref)
        releasing = asyncio.create_task(self._leasing.release(item, ruling.by))
        try:
            return await self._settled(item, ruling)
        finally:
            await releasing

    async def _settled(self, item: Item, ruling: Ruling) -> Settled:
        first = item.ruling
        if not _is_given(item, ruling):
            raise errors.Unavailable("kafka", "the decision was sent and is not to be seen yet: look again")
        if first is None or _name(first) != _name(ruling):
            return Settled(first or ruling, counts=False)
        return Settled(first, counts=True, outcome=await self._follow(item, first))

    async def _follow(self, item: Item, ruling: Ruling) -> Name | None:
        """Publish what follows; what fails now is left to the completer."""
        try:
            outcome = await asyncio.to_thread(self._parts.outcomes.of, item, ruling)
            if outcome is not None:
                await self._sending.outcome(outcome)
            name = None if outcome is None else outcome.name
            await asyncio.to_thread(self._completer.confirm, item.ref, ruling.id, name or "none")
        except errors.StageError as error:
            self._parts.log("review_outcome_waits", item=item.ref, error=str(error))
            return None
        except Exception as error:  # noqa: BLE001 - the ruling is taken: that is what the reviewer must be told
            self._completer.cannot(item.ref, error)
            return None
        return name


def _is_given(item: Item, ruling: Ruling) -> bool:
    return any(_name(each) == _name(ruling) for each in item.rulings)


def _name(ruling: Ruling) -> tuple[str, str]:
    """What tells a ruling from others on the same item: an id alone may be another reviewer's."""
    return ruling.by, ruling.id


def _says(ruling: Ruling) -> tuple[object, ...]:
    return ruling.action, ruling.answer, ruling.note
