"""Leases and rulings: published, and read back before anybody is told that they hold."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from processor.adapters.publishing import Publisher
from processor.core import errors
from processor.core.records import Lease
from processor.review.desk import sending
from processor.review.desk.completing import Completer
from processor.review.desk.news import News
from processor.review.desk.sending import Sending
from processor.review.desk.tailing import Tailing
from processor.review.values import Holder, Key, Settled
from processor.review.view import Store, View

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from types import TracebackType

    from processor.adapters.wire import Outgoing, Wire
    from processor.config import Settings
    from processor.core.records import Ruling
    from processor.core.task import Task
    from processor.review.desk.outcomes import Name, Outcomes
    from processor.review.values import Item, Reviewer

LEASE = 300.0
"""Seconds that an item is held; the page renews it every minute."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a desk is made of; see `create`."""

    settings: Settings
    wire: Wire
    task: Callable[[str], Task | None]
    outcomes: Outcomes
    log: Callable[..., None]
    grace: float
    every: float


class Desk:
    """As `ports.Desk`; a context manager of one event loop.

    Attributes:
        view: what it fills; there once it was entered.
    """

    view: View

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._deciding: dict[tuple[str, str, str], asyncio.Task[Settled]] = {}

    async def __aenter__(self) -> Self:
        """Start; returns at once, before the view is filled.

        Raises:
            OSError: the state folder cannot be written to.
        """
        parts = self._parts
        self._store = Store(parts.settings.state_dir / "review", parts.task)
        self.view = View(self._store, self.now)
        self._news = News()
        self._publisher = Publisher(parts.settings)
        self._tailing = Tailing(parts.settings, self._store, parts.wire.read, parts.task, self._news.tell, parts.log)
        self._sending = Sending(parts.settings.topic, self._publisher, self._tailing, self._news)
        self._completer = Completer(
            parts.settings, self.view, self._store, parts.outcomes, self._sending.outcome, parts.log, self.now
        )
        self._tailing.start()
        self._completing = asyncio.create_task(self._completer.run(self.until_ready, parts.grace, parts.every))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Let what was begun end, then everything go."""
        if self._deciding:
            await asyncio.wait(self._deciding.values(), timeout=sending.BACK)
        self._completing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._completing
        await asyncio.to_thread(self._tailing.stop)
        await asyncio.to_thread(self._publisher.close)
        self._store.close()

    @property
    def ready(self) -> bool:
        """Whether what stood on the topics at the start is in the view."""
        return self._tailing.ready

    @property
    def trouble(self) -> str:
        """Why nothing is read just now, in one line; empty where all is well."""
        return self._tailing.trouble

    @property
    def behind(self) -> int:
        """How many messages of the topics are not in the view yet, as far as it is known."""
        return self._tailing.behind

    async def until_ready(self, seconds: float) -> bool:
        """Wait for `ready`; False where it was not in time."""
        return await self._news.until(lambda: self.ready, seconds)

    def now(self) -> datetime:
        """The time by the broker's clock, as its last confirmation told it."""
        return self._sending.now()

    def changes(self) -> AsyncIterator[int]:
        """A number that grows whenever the view has changed, at most a few times a second; for live updates."""
        return self._news.numbers()

    async def take(self, ref: str, reviewer: Reviewer) -> Holder:
        """Ask for the item's lease, or renew it; who has it then, this reviewer or another.

        What is closed, or decided by this reviewer, is held by nobody: then until now.

        Raises:
            LookupError: there is no such item in the reviewer's scope.
            Unavailable, Misconfigured: Kafka is away; nothing is held.
        """
        item = self._item(ref, reviewer)
        holder = self.view.holder(ref)
        if holder is not None and holder.by != reviewer.name:
            return holder  # this reviewer's lease would be void
        if item.row.state == "closed" or _given_by(item, reviewer.name):
            return Holder(reviewer.name, self.now())  # nobody waits for it any more, or not for this reviewer
        await self._lease(item, reviewer, LEASE)
        return self.view.holder(ref) or Holder(reviewer.name, self.now())

    async def give_back(self, ref: str, reviewer: Reviewer) -> None:
        """End the reviewer's lease, where they have one.

        Raises:
            LookupError, Unavailable, Misconfigured: as `take`.
        """
        item = self._item(ref, reviewer)
        holder = self.view.holder(ref)
        if holder is not None and holder.by == reviewer.name:
            await self._lease(item, reviewer, 0.0)

    async def decide(self, ruling: Ruling) -> Settled:
        """Publish a ruling, and what follows from it where it counts; returns once the broker has both.

        It goes on even where whoever asked is gone. The same ruling again is answered and not published again; where it
        says something else by now (another button of the same form), the first counts and this one does not.

        Raises:
            LookupError: there is no such item.
            Unavailable, Misconfigured: Kafka is away. The ruling may have been taken: the same once more is safe.
        """
        name = (Key(ruling.task, ruling.event_id, ruling.replay).ref, ruling.by, ruling.id)
        running = self._deciding.get(name)
        if running is None:
            running = self._deciding[name] = asyncio.create_task(self._decide(name[0], ruling))
            running.add_done_callback(lambda done: self._decided(name, done))
        settled = await asyncio.shield(running)
        return dataclasses.replace(settled, counts=settled.counts and _says(settled.ruling) == _says(ruling))

    def _decided(self, name: tuple[str, str, str], done: asyncio.Task[Settled]) -> None:
        del self._deciding[name]
        if not done.cancelled():
            done.exception()  # whoever asked may be gone: then nobody else takes it

    async def _decide(self, ref: str, ruling: Ruling) -> Settled:
        item = self._whole(ref)
        if _given(item, ruling) is None:
            out = await asyncio.to_thread(self._parts.wire.encode_ruling, ruling, item.message.key)
            await self._sending.back(await self._sending.about(out, item))
        item = self._whole(ref)
        releasing = asyncio.create_task(self._release(item, ruling.by))
        try:
            return await self._settled(item, ruling)
        finally:
            await releasing

    async def _settled(self, item: Item, ruling: Ruling) -> Settled:
        first = item.ruling
        if _given(item, ruling) is None:
            raise errors.Unavailable("kafka", "the decision was sent and is not to be seen yet: look again")
        if first is None or _name(first) != _name(ruling):
            return Settled(first or ruling, counts=False)
        return Settled(first, counts=True, outcome=await self._follow(item, first))

    async def _release(self, item: Item, by: str) -> None:
        """End the lease of whoever has decided: it may be another's turn, for a second look."""
        holder = self.view.holder(item.ref)
        if holder is not None and holder.by == by:
            try:
                await self._sending.about(await self._encoded(item, by, 0.0), item)
            except errors.StageError as error:
                self._parts.log("review_lease_stays", item=item.ref, error=str(error))

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

    async def _lease(self, item: Item, reviewer: Reviewer, seconds: float) -> None:
        await self._sending.back(await self._sending.about(await self._encoded(item, reviewer.name, seconds), item))

    async def _encoded(self, item: Item, by: str, seconds: float) -> Outgoing:
        key = item.key
        lease = Lease(key.event_id, key.task, key.replay, by, seconds)
        return await asyncio.to_thread(self._parts.wire.encode_lease, lease, item.message.key)

    def _item(self, ref: str, reviewer: Reviewer) -> Item:
        self._check_ready()
        return self._there(self.view.item(ref, reviewer), ref)

    def _whole(self, ref: str) -> Item:
        self._check_ready()
        return self._there(self.view.whole(ref), ref)

    def _there(self, found: Item | None, ref: str) -> Item:
        if found is None:
            self._check_ready()  # it may have been emptied just now, to be filled anew
            raise LookupError(ref)
        return found

    def _check_ready(self) -> None:
        if not self.ready:
            raise errors.Unavailable("kafka", self.trouble or "the queue is still being read from Kafka: wait a moment")


def _given_by(item: Item, name: str) -> bool:
    return any(each.by == name for each in item.rulings)


def _given(item: Item, ruling: Ruling) -> Ruling | None:
    return next((each for each in item.rulings if _name(each) == _name(ruling)), None)


def _name(ruling: Ruling) -> tuple[str, str]:
    """What tells a ruling from others on the same item: an id alone may be another reviewer's."""
    return ruling.by, ruling.id


def _says(ruling: Ruling) -> tuple[object, ...]:
    return ruling.action, ruling.answer, ruling.note
