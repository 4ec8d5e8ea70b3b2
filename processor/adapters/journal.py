"""The journal topic: the end of a partition is read at once, and records are appended to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import confluent_kafka

from processor.adapters import kafka_client
from processor.core import errors
from processor.core.delivery import ledger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from processor.config import Settings

RECORDS_FOR_EACH = 2
"""An attempt has its answer and its end."""

BATCH = 1000

PATIENCE = 0.05
"""Seconds that a batch is waited for: it comes when it is full or then."""


class Journal:
    """Reads with a consumer of its own, in no group; writes with the worker's producer.

    Args:
        settings: where Kafka is, and the topic's prefix. It has as many partitions as the tasks topic.
        append: `(topic, partition, key, value)`; returns once the broker has it, raises Unavailable.
    """

    def __init__(self, settings: Settings, append: Callable[[str, int, bytes, bytes], Awaitable[None]]) -> None:
        self._settings = settings
        self._topic = settings.topic("journal")
        self._append = append

    def read(self, positions: Mapping[int, int], most: int) -> Mapping[int, ledger.Tail]:
        """What stands behind each position, at most the last `most` attempts of a partition; blocks.

        Raises:
            Unavailable, Misconfigured: no Kafka, or it refuses us.
        """
        ledgers = {number: ledger.Ledger(most) for number in positions}
        consumer = kafka_client.reader(self._settings)
        try:
            ends, missing = self._assign(consumer, positions, most)
            self._fill(consumer, ledgers, missing)
        except confluent_kafka.KafkaException as error:
            raise kafka_client.translate(error.args[0], self._settings) from error
        finally:
            consumer.close()
        return {number: ledger.Tail(ledgers[number], ends[number]) for number in positions}

    async def write(self, partition: int, attempt: str, value: bytes) -> None:
        """Append a record; returns once the broker has it.

        Raises:
            Unavailable: the broker is away.
        """
        await self._append(self._topic, partition, attempt.encode("utf-8", "surrogatepass"), value)

    def _assign(self, consumer: Any, positions: Mapping[int, int], most: int) -> tuple[dict[int, int], set[int]]:
        """Begin to read; by partition the end, and which have something to read."""
        ends, starts = {}, []
        for number, position in positions.items():
            asked = confluent_kafka.TopicPartition(self._topic, number)
            low, ends[number] = consumer.get_watermark_offsets(asked, kafka_client.TIMEOUT)
            asked.offset = max(low, min(position, ends[number]), ends[number] - RECORDS_FOR_EACH * most)
            if asked.offset < ends[number]:
                starts.append(asked)
        consumer.assign(starts)
        return ends, {asked.partition for asked in starts}

    def _fill(self, consumer: Any, ledgers: Mapping[int, ledger.Ledger], missing: set[int]) -> None:
        progress = time.monotonic()
        while missing:
            found = consumer.consume(BATCH, PATIENCE)
            now = time.monotonic()
            progress = now if found else progress
            if now - progress > kafka_client.TIMEOUT:
                raise errors.Unavailable("kafka", f"{self._topic} could not be read to its end")
            for item in found:
                at, error = item.partition(), item.error()
                if error is None:
                    ledgers[at].take(item.key(), item.value())
                elif error.name() == "_PARTITION_EOF":
                    missing.discard(at)
                elif error.name() not in kafka_client.AWAY:
                    raise kafka_client.translate(error, self._settings)
