"""Leases: who has which item before them, so that no two decide on it at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.records import Lease
from processor.review.values import Holder

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.adapters.wire import Outgoing, Wire
    from processor.review.desk.sending import Sending
    from processor.review.values import Item, Reviewer
    from processor.review.view import View

LEASE = 300.0
"""Seconds that an item is held; the page renews it every minute."""


class Leasing:
    """Over what the desk publishes, and the view that it comes back to."""

    def __init__(self, view: View, wire: Wire, sending: Sending, log: Callable[..., None]) -> None:
        self._view, self._wire, self._sending, self._log = view, wire, sending, log

    async def take(self, item: Item, reviewer: Reviewer) -> Holder:
        """Ask for the item's lease, or renew it; who has it then. See `Desk.take`."""
        holder = self._view.holder(item.ref)
        if holder is not None and holder.by != reviewer.name:
            return holder  # this reviewer's lease would be void
        if item.row.state == "closed" or any(each.by == reviewer.name for each in item.rulings):
            return Holder(reviewer.name, self._sending.now())  # nobody waits for it any more, or not for this reviewer
        await self._publish(item, reviewer.name, LEASE)
        return self._view.holder(item.ref) or Holder(reviewer.name, self._sending.now())

    async def give_back(self, item: Item, by: str) -> None:
        """End the lease where they have one, and wait until it is over."""
        if self._has(item, by):
            await self._publish(item, by, 0.0)

    async def release(self, item: Item, by: str) -> None:
        """End the lease of whoever has decided: it may be another's turn, for a second look."""
        if self._has(item, by):
            try:
                await self._sending.about(await self._encoded(item, by, 0.0), item)
            except errors.StageError as error:
                self._log("review_lease_stays", item=item.ref, error=str(error))

    def _has(self, item: Item, by: str) -> bool:
        holder = self._view.holder(item.ref)
        return holder is not None and holder.by == by

    async def _publish(self, item: Item, by: str, seconds: float) -> None:
        await self._sending.back(await self._sending.about(await self._encoded(item, by, seconds), item))

    async def _encoded(self, item: Item, by: str, seconds: float) -> Outgoing:
        key = item.key
        lease = Lease(key.event_id, key.task, key.replay, by, seconds)
        return await asyncio.to_thread(self._wire.encode_lease, lease, item.message.key)
