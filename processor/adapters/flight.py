"""The messages in hand in one worker: bounded, tracked by partition, drained on a rebalance and at the end.

It knows nothing of Faust. `settle` brings one message to its end (decided, published, acknowledged by the broker);
what it has not finished is not committable, so a crash, a cancelled drain or a lost partition repeats it elsewhere.

A message in hand has a *place* while it is worked on. One that only waits for its time stands *aside*: it needs memory,
but no place, and keeps nobody waiting. A drain waits for those that are worked on, and above all for those that are
being delivered: one that is cut off there would be repeated.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from processor.core.delivery import tracker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from processor.core.records import Message

Partition = tuple[str, int]

SPARE_PLACES = 16
"""Places beside two for each call: an event is looked up, judged and published while others are at the model."""

ASIDE_MESSAGES = 4096
"""How many messages may stand aside; past it no delayed ones are taken until some are due."""

ASIDE_BYTES = 32 * 2**20
"""The same in bytes of their values."""

DELIVERY = 5.0
"""Seconds beyond its time that a drain gives to messages whose outcome is on its way to the broker."""

LOOK_EVERY = 0.2
"""Seconds between two looks of a drain for those that have begun to wait."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a worker holds in hand.

    Attributes:
        places: messages that are worked on at a time.
        window: offsets that a partition may run ahead of its oldest unfinished one: what a crash has read again.
    """

    places: int
    window: int

    @classmethod
    def of(cls, concurrency: int, window: int) -> Bounds:
        """The bounds that keep `concurrency` calls going."""
        return cls(2 * concurrency + SPARE_PLACES, window)


class Place(Protocol):
    """What `settle` may do with its message's place, and tell of it.

    Attributes:
        is_idle: it waits for something that is away or not its turn yet: a drain need not wait for it.
        is_delivering: its outcome is on its way to the broker.
    """

    is_idle: bool
    is_delivering: bool

    def aside(self) -> AbstractAsyncContextManager[None]:
        """Stand aside while the block lasts; its end waits for a place again. A drain does not wait for it."""


class Flight:
    """At most `bounds.places` messages are worked on at a time, over all partitions of this worker."""

    def __init__(self, settle: Callable[[Message, Place], Awaitable[None]], bounds: Bounds) -> None:
        self._settle = settle
        self._bounds = bounds
        self._places = asyncio.Semaphore(bounds.places)
        self._tasks: dict[asyncio.Task[None], _Hand] = {}
        self._trackers: defaultdict[Partition, tracker.PartitionTracker] = defaultdict(tracker.PartitionTracker)
        self._generation = 0
        self._draining = False
        self._changed = asyncio.Event()
        self._aside_messages = self._aside_bytes = 0
        self.settled = 0
        """How many messages have been settled since the start."""
        self.failed = 0
        """How many of this generation's could not be: they hold up what may be committed of their partitions."""

    @property
    def size(self) -> int:
        """How many messages are in hand."""
        return len(self._tasks)

    @property
    def aside(self) -> int:
        """How many of them stand aside."""
        return self._aside_messages

    @property
    def pressed(self) -> bool:
        """Whether every place is taken: others wait for one."""
        return self._places.locked()

    def committable(self, partition: Partition) -> int | None:
        """The offset up to which `(topic, partition)` may be committed, or None."""
        found = self._trackers.get(partition)
        return None if found is None else found.committable

    async def take(self, message: Message, done: Callable[[], object], *, delayed: bool = False) -> None:
        """Wait for a place and start on the message; returns once it is started, or left to whoever reads it next.

        `done` is called when this worker has the message no longer in hand, settled or not. A `delayed` one is of a
        topic whose messages may have to wait for their time.
        """
        generation = self._generation
        partition = (message.origin.topic, message.origin.partition)
        while not self._is_stale(generation) and not self._has_room(partition, delayed=delayed):
            self._changed.clear()
            await self._changed.wait()
        await self._places.acquire()
        if self._is_stale(generation) or not self._trackers[partition].start(message.origin.offset):
            self._places.release()
            done()
            return
        hand = _Hand(self, len(message.value or b""))
        task = asyncio.create_task(self._run(message, self._trackers[partition], hand))
        self._tasks[task] = hand
        task.add_done_callback(lambda ended: self._landed(ended, generation, done))

    async def drain(self, seconds: float) -> int:
        """Take nothing new, give what is worked on `seconds` to finish, then cancel the rest.

        Returns:
            How many messages were cancelled; they will be read again by the partition's next owner. With no seconds
            at all, those that are being delivered are among them.
        """
        self._draining = True
        self._changed.set()
        end = time.monotonic() + seconds
        cancelled = self._cancel(lambda hand: hand.is_aside or hand.is_idle)
        while (working := self._tasks.keys() - cancelled) and (left := end - time.monotonic()) > 0:
            await asyncio.wait(working, timeout=min(left, LOOK_EVERY))
            cancelled |= self._cancel(lambda hand: hand.is_aside or hand.is_idle)
        cancelled |= self._cancel(lambda hand: not (seconds and hand.is_delivering))
        if delivering := self._tasks.keys() - cancelled:
            await asyncio.wait(delivering, timeout=DELIVERY)
            cancelled |= self._cancel(lambda _: True)
        if cancelled:
            await asyncio.wait(cancelled)
        return len(cancelled)

    def resume(self) -> None:
        """Start afresh with a new generation: offsets of the old one are neither tracked nor committable."""
        self._generation += 1
        self._trackers.clear()
        self.failed = 0
        self._draining = False
        self._changed.set()

    def _cancel(self, whom: Callable[[_Hand], bool]) -> set[asyncio.Task[None]]:
        return {task for task, hand in self._tasks.items() if whom(hand) and task.cancel()}

    def _is_stale(self, generation: int) -> bool:
        return self._draining or generation != self._generation

    def _has_room(self, partition: Partition, *, delayed: bool) -> bool:
        if delayed and (self._aside_messages >= ASIDE_MESSAGES or self._aside_bytes >= ASIDE_BYTES):
            return False
        found = self._trackers.get(partition)
        return found is None or found.window < self._bounds.window

    async def _run(self, message: Message, tracked: tracker.PartitionTracker, hand: _Hand) -> None:
        _CURRENT.set(hand)
        await self._settle(message, hand)
        tracked.finish(message.origin.offset)
        self.settled += 1

    def _landed(self, task: asyncio.Task[None], generation: int, done: Callable[[], object]) -> None:
        if not self._tasks.pop(task).is_aside:
            self._places.release()
        self._changed.set()
        done()  # here and not in the task, which may have been cancelled before its first step
        stale = self._is_stale(generation)
        if task.cancelled() and stale:  # by a drain; it is read again
            return
        if (error := asyncio.CancelledError() if task.cancelled() else task.exception()) is not None:
            # `settle` catches all that a message, a model or a dependency can do, so this is a defect of ours. The
            # offset stays uncommitted, the loop's handler reports it, and the watchdog ends the worker in time.
            self.failed += not stale
            task.get_loop().call_exception_handler({"message": "an event could not be settled", "exception": error})

    @asynccontextmanager
    async def _aside(self, hand: _Hand) -> AsyncIterator[None]:
        hand.is_aside = True
        self._aside_messages += 1
        self._aside_bytes += hand.size
        self._places.release()
        try:
            yield
            await self._places.acquire()
            hand.is_aside = False  # where the block is cancelled, it ends without a place
        finally:
            self._aside_messages -= 1
            self._aside_bytes -= hand.size
            self._changed.set()


@dataclass(slots=True)
class _Hand:
    """One message in hand, as its `settle` sees it: a `Place`."""

    flight: Flight
    size: int
    is_aside: bool = False
    is_idle: bool = False
    is_delivering: bool = False

    def aside(self) -> AbstractAsyncContextManager[None]:
        return self.flight._aside(self)  # noqa: SLF001 - a part of it


_CURRENT: ContextVar[_Hand] = ContextVar("hand")


def current() -> Place:
    """The place of the message that the calling code works on, also in tasks that it has started."""
    return _CURRENT.get()
