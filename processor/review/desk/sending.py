"""What the desk publishes, and waits for until it is in the view."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.adapters.publishing import Publisher
    from processor.adapters.wire import Outgoing
    from processor.core.records import Origin
    from processor.review.desk.news import News
    from processor.review.desk.outcomes import Outcome
    from processor.review.desk.tailing import Tailing
    from processor.review.values import Item

BACK = 10.0
"""Seconds that what was published may take to be read back."""


class Sending:
    """Over one publisher, and the thread that fills the view.

    `topic` is the full name of a kind.
    """

    def __init__(self, topic: Callable[[str], str], publisher: Publisher, tailing: Tailing, news: News) -> None:
        self._topic, self._publisher, self._tailing, self._news = topic, publisher, tailing, news
        self._skew = timedelta()

    def now(self) -> datetime:
        """The time by the broker's clock, as its last confirmation told it."""
        return datetime.now(UTC) + self._skew

    async def about(self, out: Outgoing, item: Item) -> Origin:
        """Publish what is about an item: all of it in one partition, so that all instances read it in one order.

        Its own partition's number does not change where topics grow, and that of its key does.
        """
        topic, number = self._topic(out.kind), item.message.origin.partition
        partition = number if number < self._tailing.partitions.get(topic, 0) else None
        return self._noted(await self._publisher.send(topic, out.key, out.value, out.headers, partition))

    async def outcome(self, outcome: Outcome) -> Origin:
        """Publish what follows from a ruling."""
        return self._noted(await self._publisher.send(outcome.topic, outcome.key, outcome.value, outcome.headers))

    def _noted(self, stands: Origin) -> Origin:
        """The place itself; the broker's clock is told by it."""
        self._skew = timedelta(milliseconds=stands.timestamp_ms - round(time.time() * 1000))
        return stands

    async def back(self, stands: Origin) -> None:
        """Wait until what stands there is in the view.

        Raises:
            Unavailable: it was not in time.
        """
        place = (stands.topic, stands.partition)
        if not await self._news.until(lambda: self._tailing.positions.get(place, 0) > stands.offset, BACK):
            raise errors.Unavailable("kafka", "Kafka has it, but it could not be read back: look again in a moment")
