"""How a worker fetches: as Faust and aiokafka do, mended where they leave it without work beside a full topic.

Its heartbeats are noted for the fence, and it shares the partitions with the group by `assignor`.

Faust leaves a partition out of its fetches once its stream's buffer is full, until that is less than half full. With a
backlog the buffer never is, so after one round every partition is left out, and Faust waits a second for nothing. Here
none is left out; what bounds the messages in memory is that Faust takes the next one only when the buffer has room.

aiokafka leaves a partition of which nothing was ever committed where it is when Faust seeks to what is committed. Faust
seeks because it has thrown away what it fetched amid a rebalance: those messages would never come again, and later ones
would be committed past them. Here such a partition begins anew.

aiokafka serves the partitions whose messages it holds always in the same order, one to its end before the next. Here
each goes to the end of the row when it was served, so that a long backlog keeps no other partition or topic waiting.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver

from processor.adapters.assignor import Assignor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_OF_A_PARTITION = 2**20
"""Bytes of one partition in one fetch; a larger message comes alone."""

MOST_OF_A_FETCH = 16 * 2**20
"""Bytes of one fetch over all partitions: with what is being worked on, the messages in memory."""

LONGEST_WAIT_MS = 200
"""How long a fetch waits at a broker that has nothing new. Nothing else is fetched there meanwhile, so a partition that
has run out waits, too."""


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Faust's consumer, with fetches that keep every partition in turn."""

    def _new_consumer_thread(self) -> Any:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    def on_buffer_full(self, tp: Any) -> None:
        """Keep the partition among those that are fetched."""


class _Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    async def on_start(self) -> None:
        await super().on_start()
        coordinator, beat = self._consumer._coordinator, self.consumer.app.fence.beat  # noqa: SLF001
        ask = coordinator._do_heartbeat  # noqa: SLF001

        async def heartbeat() -> bool:
            sent = time.monotonic()
            if taken := await ask():
                beat(sent)
            return bool(taken)

        coordinator._do_heartbeat = heartbeat  # noqa: SLF001

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no settings for these.
        consumer._partition_assignment_strategy = (Assignor(),)  # noqa: SLF001
        consumer._fetch_max_bytes = MOST_OF_A_FETCH  # noqa: SLF001
        consumer._fetch_max_wait_ms = LONGEST_WAIT_MS  # noqa: SLF001
        return consumer

    async def seek_to_committed(self) -> Mapping[Any, int | None]:
        committed: Mapping[Any, int | None] = await super().seek_to_committed()
        if fresh := [partition for partition, offset in committed.items() if not offset]:
            await self.call_thread(self._begin, fresh)
        return committed

    async def _begin(self, fresh: Sequence[Any]) -> None:
        with contextlib.suppress(IllegalStateError):  # another worker's by now
            await self._ensure_consumer().seek_to_beginning(*fresh)

    async def _fetch_records(self, consumer: Any, active_partitions: Any, *args: Any, **options: Any) -> Any:
        found = await super()._fetch_records(consumer, active_partitions, *args, **options)
        held = consumer._fetcher._records  # noqa: SLF001 - an OrderedDict, served from its head
        for partition, records in found.items():
            if records:
                self.consumer.app.pulse.fetched(partition.topic, partition.partition, records[-1].offset)
            if partition in held:
                held.move_to_end(partition)
        return found
