"""The events in flight in one worker: bounded, tracked by partition, drained on a rebalance and at the end.

It knows nothing of Faust. `settle` brings one message to its end (decided, published, acknowledged by the broker);
what it has not finished is not committable, so a crash, a cancelled drain or a lost partition repeats it elsewhere.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from processor.core import tracker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processor.core.records import Message

Partition = tuple[str, int]

WINDOW_FACTOR = 8
"""How far a partition may run ahead of its oldest unfinished event, in multiples of the concurrency."""


class Flight:
    """At most `concurrency` messages are being settled at a time, over all partitions of this worker."""

    def __init__(self, settle: Callable[[Message], Awaitable[None]], concurrency: int) -> None:
        self._settle = settle
        self._concurrency = concurrency
        self._window = WINDOW_FACTOR * concurrency
        self._tasks: set[asyncio.Task[None]] = set()
        self._trackers: defaultdict[Partition, tracker.PartitionTracker] = defaultdict(tracker.PartitionTracker)
        self._generation = 0
        self._draining = False
        self._changed = asyncio.Event()

    @property
    def size(self) -> int:
        """How many messages are in flight."""
        return len(self._tasks)

    def committable(self, partition: Partition) -> int | None:
        """The offset up to which `(topic, partition)` may be committed, or None."""
        found = self._trackers.get(partition)
        return None if found is None else found.committable

    async def take(self, message: Message, done: Callable[[], object]) -> None:
        """Wait for a place and start on the message; returns once it is started, or left to whoever reads it next.

        `done` is called when this worker has the message no longer in hand, settled or not.
        """
        generation = self._generation
        partition = (message.origin.topic, message.origin.partition)
        while not self._draining and generation == self._generation and not self._has_room(partition):
            self._changed.clear()
            await self._changed.wait()
        if self._draining or generation != self._generation:
            done()
            return
        if not self._trackers[partition].start(message.origin.offset):
            done()
            return
        task = asyncio.create_task(self._run(message, self._trackers[partition], done))
        self._tasks.add(task)
        task.add_done_callback(self._landed)

    async def drain(self, seconds: float) -> int:
        """Take nothing new, give what is in flight `seconds` to finish, then cancel the rest.

        Returns:
            How many messages were cancelled; they will be read again by the partition's next owner.
        """
        self._draining = True
        self._changed.set()
        late: set[asyncio.Task[None]] = set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        return len(late)

    def resume(self) -> None:
        """Start afresh with a new generation: offsets of the old one are neither tracked nor committable."""
        self._generation += 1
        self._trackers.clear()
        self._draining = False
        self._changed.set()

    def _has_room(self, partition: Partition) -> bool:
        if len(self._tasks) >= self._concurrency:
            return False
        found = self._trackers.get(partition)
        return found is None or found.window < self._window

    async def _run(self, message: Message, tracked: tracker.PartitionTracker, done: Callable[[], object]) -> None:
        try:
            await self._settle(message)
            tracked.finish(message.origin.offset)
        finally:
            done()

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # `settle` catches all that a message, a model or a dependency can do, so this is a defect of ours. The
            # offset stays uncommitted; its window fills and the worker's loop handler reports it.
            task.get_loop().call_exception_handler({"message": "an event could not be settled", "exception": error})
