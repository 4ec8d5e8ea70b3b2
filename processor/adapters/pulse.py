"""What a running Faust worker shows of itself: `Pulse.observe`, in the worker's event loop.

Faust's own figures are wrong under `noack()`, so the messages are followed here, from the fetch to the agent. A message
that was fetched and does not reach the agent tells of a stall within Faust; one that is not fetched, within aiokafka.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from processor.core.vitals import Partition, Vitals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.core.records import Origin

NO_MEMBER = ""
"""aiokafka's member id while the group has none for it."""


class Pulse:
    """Follows the messages of one worker, by `(topic, partition)`; the last offset counts."""

    def __init__(self) -> None:
        self._fetched: dict[tuple[str, int], int] = {}
        self._taken: dict[tuple[str, int], int] = {}
        self._waiting = self._count = 0
        self._asked = self._answered = 0
        self._asleep = self._waits = 0

    def begin(self) -> None:
        """Partitions were given: what was before does not matter any more."""
        self._fetched.clear()
        self._taken.clear()

    def fetched(self, topic: str, partition: int, offset: int) -> None:
        """The broker gave this message. Called in the consumer's thread."""
        self._fetched[topic, partition] = offset

    @contextlib.contextmanager
    def taking(self, origin: Origin) -> Iterator[None]:
        """The agent has this message and waits, while the block lasts, for room for it."""
        self._taken[origin.topic, origin.partition] = origin.offset
        self._count += 1
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def sleep(self, seconds: float) -> None:
        """Sleep in the place of a message in hand."""
        self._asleep += 1
        self._waits += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._asleep -= 1

    def observe(self, worker: Any, calling: Callable[[], bool]) -> Vitals:
        """The vitals of a `stream.Worker` now; asks the consumer's thread, which may answer until the next call.

        `calling` tells whether a call to a dependency is under way or waits for its turn.
        """
        consumer = worker._consumer  # noqa: SLF001 - the property would make one
        thread = getattr(consumer, "_thread", None)
        client = getattr(thread, "_consumer", None)
        coordinator = getattr(client, "_coordinator", None)
        return Vitals(
            started=client is not None,
            stopping=bool(worker.should_stop),
            thread=self._ask(thread),
            rebalances=worker.rebalancing_count,
            rebalancing=bool(worker.rebalancing),
            flowing=consumer is not None and bool(consumer.flow_active),
            member=_belongs(coordinator) and not worker.fence.holds,
            spare=bool(worker.unassigned),
            producing=_produces(worker._producer),  # noqa: SLF001 - as above
            full=self._waiting > 0,
            partitions=tuple(self._partitions(client)),
            in_hand=worker.flight.size,
            settled=worker.flight.settled,
            failed=worker.flight.failed,
            asleep=self._asleep,
            waits=self._waits,
            calling=calling(),
        )

    def _ask(self, thread: Any) -> bool:
        """Whether the thread has answered the last question; asks the next one."""
        answered = self._answered == self._asked
        if thread is None or not answered:
            return answered
        self._asked += 1
        try:
            thread.thread_loop.call_soon_threadsafe(self._answer, self._asked)
        except RuntimeError:  # its loop is closed
            return False
        return True

    def _answer(self, number: int) -> None:
        self._answered = number

    def _partitions(self, client: Any) -> Iterator[Partition]:
        subscription = client and client._subscription.subscription  # noqa: SLF001 - its methods refuse what has no position
        assignment = subscription and subscription.assignment
        held = client._fetcher._records if assignment else ()  # noqa: SLF001 - what `fetching` gives in turn
        for found in sorted(assignment.tps) if assignment else ():
            state = assignment.state_value(found)
            at = found.topic, found.partition
            yield Partition(
                name=f"{found.topic}/{found.partition}",
                end=state.highwater,
                position=state.position if state.has_valid_position else None,
                fetched=self._fetched.get(at, -1),
                taken=self._taken.get(at, -1),
                answered=state.timestamp,
                turn=self._count if found in held else None,
            )


def _belongs(coordinator: Any) -> bool:
    return coordinator is not None and coordinator.member_id != NO_MEMBER and coordinator.coordinator_id is not None


def _produces(producer: Any) -> bool:
    """False once aiokafka's task that sends has ended by an error, as it is started only once; or sends in vain."""
    if getattr(producer, "broken", False):
        return False
    client = getattr(producer, "_producer", None)
    task = getattr(getattr(client, "_sender", None), "sender_task", None)
    return task is None or not task.done() or task.cancelled() or bool(getattr(client, "_closed", False))
