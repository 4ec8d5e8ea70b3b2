"""Reading topics with a plain consumer: it joins no group and commits nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

import confluent_kafka
from confluent_kafka import admin

from processor.adapters import kafka_client, kafka_cluster
from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from processor.config import Settings
    from processor.core.records import Message

BATCH = 500
"""Messages that one poll returns at the most."""


def ends(settings: Settings, topics: Iterable[str]) -> dict[kafka_cluster.Partition, int]:
    """By topic and partition, the offset behind the last message.

    Raises:
        Misconfigured: a topic does not exist.
        Unavailable: no Kafka.
    """
    with kafka_cluster.Cluster(settings) as cluster:
        return cluster.offsets(kafka_cluster.partitions(cluster.require(topics)), admin.OffsetSpec.latest())


class Tail:
    """The messages of topics from a point on, and on as they come; a context manager.

    Attributes:
        ends: by topic and partition, the offset behind the last message that stood there when the tail was opened.
        size: the offsets up to there; compaction and transactions leave some of them without a message.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Iterable[str],
        since_ms: int | None = None,
        starts: Mapping[kafka_cluster.Partition, int] | None = None,
    ) -> None:
        """Open the topics, at their beginning or where one of these says.

        Args:
            settings: where Kafka is.
            topics: full names.
            since_ms: begin at the first message since this time, in milliseconds since the epoch.
            starts: begin at these offsets, one for each partition of the topics.

        Raises:
            Misconfigured: a topic does not exist.
            Unavailable: no Kafka.
        """
        self._settings = settings
        with kafka_cluster.Cluster(settings) as cluster:
            partitions = kafka_cluster.partitions(cluster.require(topics))
            self.ends: Mapping[kafka_cluster.Partition, int] = cluster.offsets(partitions, admin.OffsetSpec.latest())
            starts = starts or cluster.offsets(partitions, admin.OffsetSpec.earliest())
            if since_ms is not None:
                found = cluster.offsets(partitions, admin.OffsetSpec.for_timestamp(since_ms))
                starts = {at: offset if offset >= 0 else self.ends[at] for at, offset in found.items()}
        self.size = sum(max(0, end - starts[at]) for at, end in self.ends.items())
        self._missing = {at for at, end in self.ends.items() if starts[at] < end}
        self._progress = time.monotonic()
        self._consumer = kafka_client.reader(settings)
        self._consumer.assign([confluent_kafka.TopicPartition(*at, offset) for at, offset in starts.items()])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def caught_up(self) -> bool:
        """Whether every message that stood there when the tail was opened has been returned."""
        return not self._missing

    def poll(self, seconds: float = 0.2) -> list[Message]:
        """The next messages, at most `BATCH`; those of one partition in their order. Empty where none came in time.

        Raises:
            Unavailable: messages are still missing up to `ends`, and none came for `kafka_client.TIMEOUT` seconds.
            StageError: a topic was deleted, or reading it is not allowed.
        """
        found = [item for item in self._consumer.consume(BATCH, seconds) if self._is_message(item)]
        for item in found:
            at = (item.topic(), item.partition())
            if item.offset() + 1 >= self.ends.get(at, 0):
                self._missing.discard(at)
        if found or self.caught_up:
            self._progress = time.monotonic()
        elif time.monotonic() - self._progress > kafka_client.TIMEOUT:
            raise errors.Unavailable("kafka", f"Kafka at {self._settings.kafka} stopped answering while it was read")
        return [kafka_client.message(item) for item in found]

    def rest(self) -> Iterator[Message]:
        """All messages that stood there when the tail was opened and were not returned yet.

        Raises:
            StageError: as `poll`.
        """
        while not self.caught_up:
            yield from self.poll()

    def close(self) -> None:
        """Let the connection go."""
        self._consumer.close()

    def _is_message(self, item: Any) -> bool:
        error = item.error()
        if error is None:
            return True
        if error.name() == "_PARTITION_EOF":
            # The end is reached even where its last offsets hold no message (compaction, transactions).
            self._missing.discard((item.topic(), item.partition()))
        elif error.name() not in kafka_client.AWAY:  # the consumer connects again by itself
            raise kafka_client.translate(error, self._settings)
        return False
