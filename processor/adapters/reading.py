"""Reading topics with a plain consumer: it joins no group and commits nothing."""

from __future__ import annotations

import collections
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

FOREVER = -1

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


def identity(settings: Settings, names: Iterable[str]) -> str:
    """What tells these topics from others of the same names, made anew or on another cluster: their ids.

    Raises:
        Misconfigured: a topic does not exist.
        Unavailable: no Kafka.
    """
    wanted = confluent_kafka.TopicCollection(list(names))
    with kafka_cluster.Cluster(settings) as cluster:
        answers = cluster.checked(cluster.call(lambda client: client.describe_topics(wanted)))
    return " ".join(f"{name}={answer.topic_id}" for name, answer in sorted(answers.items()))


def bounds(settings: Settings, topics: Iterable[str]) -> dict[kafka_cluster.Partition, range]:
    """By topic and partition, the offsets that it has.

    Raises:
        Misconfigured: a topic does not exist.
        Unavailable: no Kafka.
    """
    with kafka_cluster.Cluster(settings) as cluster:
        partitions = kafka_cluster.partitions(cluster.require(topics))
        first = cluster.offsets(partitions, admin.OffsetSpec.earliest())
        behind = cluster.offsets(partitions, admin.OffsetSpec.latest())
    return {at: range(first[at], behind[at]) for at in partitions}


def since(settings: Settings, topics: Iterable[str], since_ms: int) -> dict[kafka_cluster.Partition, int]:
    """By topic and partition, the offset of the first message since a time, in milliseconds since the epoch.

    Raises:
        Misconfigured: a topic does not exist.
        Unavailable: no Kafka.
    """
    with kafka_cluster.Cluster(settings) as cluster:
        return _since(cluster, kafka_cluster.partitions(cluster.require(topics)), since_ms)


def kept_since(settings: Settings, topic: str, now_ms: int) -> int:
    """Since when a topic has all its messages, in milliseconds since the epoch: 0 where none was ever deleted.

    Raises:
        Misconfigured: the topic does not exist.
        Unavailable: no Kafka.
    """
    with kafka_cluster.Cluster(settings) as cluster:
        existing = cluster.require([topic])
        first = cluster.offsets(kafka_cluster.partitions(existing), admin.OffsetSpec.earliest())
    retention = int(existing[topic].settings.get("retention.ms", FOREVER))
    return 0 if retention < 0 or not any(first.values()) else now_ms - retention


def _since(
    cluster: kafka_cluster.Cluster, partitions: list[kafka_cluster.Partition], since_ms: int
) -> dict[kafka_cluster.Partition, int]:
    behind = cluster.offsets(partitions, admin.OffsetSpec.latest())
    found = cluster.offsets(partitions, admin.OffsetSpec.for_timestamp(since_ms))
    return {at: offset if offset >= 0 else behind[at] for at, offset in found.items()}


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
                starts = _since(cluster, partitions, since_ms)
        self.size = sum(max(0, end - starts[at]) for at, end in self.ends.items())
        self._missing = {at for at, end in self.ends.items() if starts[at] < end}
        self._next = dict(starts)
        self._quiet: set[kafka_cluster.Partition] = set()  # those that were read to their end
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

    @property
    def behind(self) -> int:
        """How many messages were not returned yet, as the broker's last answers told; nothing is asked or awaited."""
        found = 0
        for at, after in self._next.items():
            _, high = self._consumer.get_watermark_offsets(confluent_kafka.TopicPartition(*at), cached=True)
            # The broker may not have told yet (-1001), and a topic's last offsets may hold no message.
            found += 0 if at in self._quiet else max(0, max(high, self.ends[at]) - after)
        return found

    def poll(self, seconds: float = 0.2) -> list[Message]:
        """The next messages, at most `BATCH`; those of one partition in their order. Empty where none came in time.

        Raises:
            Unavailable: messages are still missing up to `ends`, and none came for `kafka_client.TIMEOUT` seconds.
            StageError: a topic was deleted, or reading it is not allowed.
        """
        # A batch is waited for until it is full or the time is over: one message alone would always come late.
        items = self._consumer.consume(1, seconds)
        items += self._consumer.consume(BATCH - 1, 0) if items else []
        found = [item for item in items if self._is_message(item)]
        for item in found:
            at = (item.topic(), item.partition())
            self._next[at] = item.offset() + 1
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

    def check(self, seconds: float) -> bool:
        """Whether the topics still have the partitions that are read.

        `poll` alone cannot tell a quiet topic from a broker that is away.

        Args:
            seconds: how long an answer may take.

        Raises:
            Unavailable: there was none.
            Misconfigured: the login is refused.
        """
        try:
            found = self._consumer.list_topics(timeout=seconds).topics
        except confluent_kafka.KafkaException as error:
            raise kafka_client.translate(error.args[0], self._settings) from error
        counts = collections.Counter(topic for topic, _ in self.ends)
        return all(name in found and len(found[name].partitions) == count for name, count in counts.items())

    def close(self) -> None:
        """Let the connection go."""
        self._consumer.close()

    def _is_message(self, item: Any) -> bool:
        error, at = item.error(), (item.topic(), item.partition())
        if error is None:
            self._quiet.discard(at)
            return True
        if error.name() == "_PARTITION_EOF":
            # The end is reached even where its last offsets hold no message (compaction, transactions).
            self._missing.discard(at)
            self._quiet.add(at)
        elif error.name() not in kafka_client.AWAY:  # the consumer connects again by itself
            raise kafka_client.translate(error, self._settings)
        return False
