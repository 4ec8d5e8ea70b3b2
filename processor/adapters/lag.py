"""The lag of a consumer group, in messages and in time, as the broker has it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

import confluent_kafka
from confluent_kafka import admin

from processor.adapters import kafka_client, kafka_cluster
from processor.core.views import lags
from processor.core.views.lags import PartitionLag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from processor.config import Settings

HEAD_TIMEOUT = 5.0
"""Seconds that the oldest waiting messages are looked for."""


class Lag:
    """The lag of one group on some topics, as often as it is asked for; a context manager."""

    def __init__(self, settings: Settings, topics: Sequence[str], group: str | None = None) -> None:
        """Connect.

        Args:
            settings: where Kafka is.
            topics: full names.
            group: None takes the workers' group of the settings.
        """
        self._topics = list(topics)
        self._group = group or settings.group
        self._cluster = kafka_cluster.Cluster(settings)
        self._reader = kafka_client.reader(settings, fetch_message_max_bytes=1000, fetch_wait_max_ms=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._reader.close()
        self._cluster.__exit__(None, None, None)

    def read(self) -> list[PartitionLag]:
        """The lag now, by topic in the given order and by partition.

        Raises:
            Misconfigured: a topic does not exist.
            Unavailable: no Kafka.
        """
        partitions = kafka_cluster.partitions(self._cluster.require(self._topics))
        # The commits come first: an end that is read later is never before them.
        committed = self._cluster.committed(self._group, partitions)
        begins = self._cluster.offsets(partitions, admin.OffsetSpec.earliest())
        ends = self._cluster.offsets(partitions, admin.OffsetSpec.latest())
        starts = {at: lags.next_offset(committed[at], begins[at], ends[at]) for at in partitions}
        oldest = self._oldest({at: start for at, start in starts.items() if start < ends[at]})
        return [
            PartitionLag(
                topic=at[0],
                partition=at[1],
                end=ends[at],
                committed=committed[at],
                lag=ends[at] - starts[at],
                expired=max(0, begins[at] - (committed[at] or 0)),
                oldest_ms=oldest.get(at),
            )
            for at in partitions
        ]

    def _oldest(self, starts: Mapping[kafka_cluster.Partition, int]) -> dict[kafka_cluster.Partition, int]:
        """The broker's time of the first message at or after each offset; none where no message follows."""
        found: dict[kafka_cluster.Partition, int] = {}
        if not starts:
            return found
        missing = set(starts)
        self._reader.assign([confluent_kafka.TopicPartition(*at, offset) for at, offset in starts.items()])
        deadline = time.monotonic() + HEAD_TIMEOUT
        while missing and time.monotonic() < deadline:
            item = self._reader.poll(0.1)
            if item is None:
                continue
            at = (item.topic(), item.partition())
            if at in missing and item.error() is None:
                found[at] = item.timestamp()[1]
            if item.error() is None or item.error().name() == "_PARTITION_EOF":
                missing.discard(at)
        self._reader.unassign()
        return found
