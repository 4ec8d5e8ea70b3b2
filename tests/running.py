"""Worker processes and an independent look at the topics, for acceptance tests."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import confluent_kafka

from processor.adapters import topics
from processor.adapters.project import Project
from processor.app import create_wire
from processor.core.records import Message, Origin
from processor.local import ports
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from processor.config import Settings

PATIENCE = 180.0
"""Seconds that anything may take before a test gives up on it."""


def plain_project(root: Path, *, retrieves: bool = False) -> Path:
    """A project with one task, `sort`; it retrieves nothing unless told to."""
    head, _, _ = builders.DEFINITION.partition("[[retrieval]]")
    steps = builders.DEFINITION[builders.DEFINITION.index("[[step]]") :]
    files = {
        "tasks/sort/task.toml": builders.DEFINITION if retrieves else head + steps,
        "tasks/sort/prompt.md": builders.PROMPT,
        "tasks/sort/retry.md": builders.RETRY,
        "schemas/sort.avsc": builders.SCHEMA,
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@dataclass
class Running:
    """A worker process; `async with` starts it, and ends it by its own id however the block is left."""

    environment: Mapping[str, str]
    log: Path
    arguments: tuple[str, ...] = ()
    process: asyncio.subprocess.Process = field(init=False)

    async def __aenter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "processor", "worker", "--log-format", "json", *self.arguments),
                env=dict(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def story(self) -> list[dict[str, Any]]:
        """The log's lines."""
        return story(self.log)


def story(log: Path) -> list[dict[str, Any]]:
    """What a worker's log tells; its last line may still be on its way into it."""
    whole, _, _ = log.read_bytes().rpartition(b"\n") if log.exists() else (b"", b"", b"")
    return [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]


async def until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait for it, for at most so many seconds."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < end, f"waited in vain for {what}"
        await asyncio.sleep(0.2)


def port_of_its_own(settings: Settings) -> int:
    """Where nobody listens but who is told to: the kernel gives such a port to nobody else meanwhile."""
    return ports.free_block(settings.topic_prefix, 1)


def create_topics(settings: Settings) -> None:
    """The topics of the settings' prefix, with four partitions each, once they answer."""
    end = time.monotonic() + PATIENCE
    created = [outcome.name for outcome in topics.ensure(settings, partitions=4)]
    while True:
        try:
            for name in created:
                _ends(settings, name)
        except confluent_kafka.KafkaException:  # a new partition has no leader yet
            assert time.monotonic() < end
        else:
            return


def _ends(settings: Settings, topic: str) -> dict[int, int]:
    """The offset behind the last message, by partition."""
    client = confluent_kafka.Consumer({"bootstrap.servers": settings.kafka, "group.id": "reader"})
    try:
        numbers = client.list_topics(topic, PATIENCE).topics[topic].partitions
        parts = [confluent_kafka.TopicPartition(topic, number) for number in numbers]
        return {part.partition: client.get_watermark_offsets(part, PATIENCE)[1] for part in parts}
    finally:
        client.close()


def produce(settings: Settings, values: list[bytes | None], keys: list[bytes | None] | None = None) -> None:
    """Send raw messages to the tasks topic, with plain confluent-kafka; each under a key of its own unless told."""
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka, "message.max.bytes": 8 * 2**20})
    for index, value in enumerate(values):
        key = keys[index] if keys else f"key-{index}".encode()
        producer.produce(settings.topic("tasks"), value, key=key, headers=[("x-foreign", b"kept")])
    assert producer.flush(PATIENCE) == 0


def events(count: int, **changes: Any) -> list[bytes | None]:
    """JSON events `e0`, `e1`, … for the task `sort`."""
    return [
        json.dumps({"id": f"e{n}", "task": "sort", "input": {"text": f"message {n}"}, **changes}).encode()
        for n in range(count)
    ]


def read(settings: Settings, kind: str) -> list[dict[str, Any]]:
    """All messages of a topic, read with plain confluent-kafka, decoded; headers under `headers`."""
    tasks = Project(settings.project).load_all()
    codec = create_wire(settings, lambda name: tasks[name].contract if name in tasks else None)
    topic = settings.topic(kind)
    ends = _ends(settings, topic)
    missing = sum(ends.values())
    client = confluent_kafka.Consumer({"bootstrap.servers": settings.kafka, "group.id": "reader"})
    try:
        client.assign([confluent_kafka.TopicPartition(topic, number, 0) for number in ends])
        found: list[dict[str, Any]] = []
        while len(found) < missing:
            message = client.poll(PATIENCE)
            assert message is not None, f"{topic} holds {missing} messages, and {len(found)} came"
            assert message.error() is None, message.error()
            headers = tuple((name, value or b"") for name, value in message.headers() or ())
            origin = Origin(topic, message.partition(), message.offset(), message.timestamp()[1])
            record = codec.read(Message(origin, message.key(), message.value(), headers))
            found.append({**record, "headers": dict(headers), "key": message.key()})
        return found
    finally:
        client.close()


def ident(record: dict[str, Any]) -> str:
    """The event's id in a result or review item; where the event could not be decoded, where it stood."""
    if "event_id" in record:
        return str(record["event_id"])
    at = record["origin"]
    return str(record["event"]["id"]) if record["event"] else f"{at['topic']}/{at['partition']}/{at['offset']}"


def lag(settings: Settings) -> int:
    """What the workers' group has not committed of tasks and retry, as the broker says."""
    client = confluent_kafka.Consumer({"bootstrap.servers": settings.kafka, "group.id": settings.group})
    try:
        behind = 0
        for topic in (settings.topic("tasks"), settings.topic("retry")):
            ends = _ends(settings, topic)
            parts = client.committed([confluent_kafka.TopicPartition(topic, n) for n in ends], PATIENCE)
            behind += sum(ends[part.partition] - max(part.offset, 0) for part in parts)
        return behind
    finally:
        client.close()
