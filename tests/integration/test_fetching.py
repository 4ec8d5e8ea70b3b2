"""What a worker's consumer does at the broker beyond aiokafka's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiokafka
import confluent_kafka

from processor.adapters import fetching, topics
from tests import running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processor.config import Settings

COUNT = 12


async def fetched(client: aiokafka.AIOKafkaConsumer, count: int = COUNT) -> set[tuple[int, int]]:
    """Partition and offset of the messages that come, until there are so many."""
    found: set[tuple[int, int]] = set()
    async with asyncio.timeout(running.PATIENCE):
        while len(found) < count:
            more = await client.getmany(timeout_ms=1000)
            found |= {(each.partition, each.offset) for records in more.values() for each in records}
    return found


def thread_of(client: aiokafka.AIOKafkaConsumer) -> Any:
    """The consumer's thread, without a thread of its own."""

    async def call(function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        return await function(*args)

    thread = fetching._Thread.__new__(fetching._Thread)
    thread._consumer, thread.call_thread = client, call
    return thread


async def test_what_was_thrown_away_comes_again_also_where_nothing_was_ever_committed(settings: Settings):
    topics.ensure(settings, partitions=4)
    topic, producer = settings.topic("tasks"), confluent_kafka.Producer({"bootstrap.servers": settings.kafka})
    for number in range(COUNT):
        producer.produce(topic, b"v", key=b"%d" % number)
    assert producer.flush(30) == 0
    client = aiokafka.AIOKafkaConsumer(
        topic,
        bootstrap_servers=settings.kafka,
        group_id=settings.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with client:
        thread = thread_of(client)
        first = await fetched(client)
        assert len(first) == COUNT
        await thread.seek_to_committed()
        assert await fetched(client) == first
        partition = min(partition for partition, _ in first)
        await client.commit({aiokafka.TopicPartition(topic, partition): 1})
        await thread.seek_to_committed()
        assert await fetched(client, COUNT - 1) == first - {(partition, 0)}
        client.unsubscribe()
        await thread._begin([aiokafka.TopicPartition(topic, 0)])
