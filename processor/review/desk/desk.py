"""Leases and rulings: published, and read back before anybody is told that they hold."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

from processor.adapters.publishing import Publisher
from processor.core import errors
from processor.review.desk import sending
from processor.review.desk.completing import Completer
from processor.review.desk.leasing import Leasing
from processor.review.desk.news import News
from processor.review.desk.sending import Sending
from processor.review.desk.settling import Settling
from processor.review.desk.tailing import Tailing
from processor.review.view import Store, View

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from types import TracebackType

    from processor.core.records import Ruling
    from processor.review.desk.parts import Parts
    from processor.review.values import Holder, Item, Reviewer, Settled


class Desk:
    """As `ports.Desk`; a context manager of one event loop.

    Attributes:
        view: what it fills; there once it was entered.
    """

    view: View

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

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
        self._completer = Completer(parts, self.view, self._store, self._sending.outcome, self.now)
        self._leasing = Leasing(self.view, parts.wire, self._sending, parts.log)
        self._settling = Settling(parts, self._whole, self._sending, self._leasing, self._completer)
        self._tailing.start()
        self._completing = asyncio.create_task(self._completer.run(self.until_ready))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Let what was begun end, then everything go."""
        await self._settling.finish(sending.BACK)
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
        return await self._leasing.take(self._item(ref, reviewer), reviewer)

    async def give_back(self, ref: str, reviewer: Reviewer) -> None:
        """End the reviewer's lease, where they have one.

        Raises:
            LookupError, Unavailable, Misconfigured: as `take`.
        """
        await self._leasing.give_back(self._item(ref, reviewer), reviewer.name)

    async def decide(self, ruling: Ruling) -> Settled:
        """Publish a ruling, and what follows from it where it counts; returns once the broker has both.

        It goes on even where whoever asked is gone. The same ruling again is answered and not published again; where it
        says something else by now (another button of the same form), the first counts and this one does not.

        Raises:
            LookupError: there is no such item.
            Unavailable, Misconfigured: Kafka is away. The ruling may have been taken: the same once more is safe.
        """
        return await self._settling.settle(ruling)

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
