"""All messages of a prefix's topics, read with plain confluent-kafka."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import confluent_kafka

IDENT = "x-faults-id"
"""The header by which the feeder marks an event; untuned keeps foreign headers, whatever becomes of the event."""

PATIENCE = 180.0
READ = ("tasks", "retry")
OUTCOMES = ("results", "review")


@dataclass(frozen=True, slots=True)
class Seen:
    """One message. `ident` is the event's, or where it stood where it has none; `at` is the broker's time in seconds.

    Attributes:
        kind: of its topic: `tasks`, `retry`, `results` or `review`.
        claimed: the event's id as its value says; empty where that says none.
        ce_id: the CloudEvents id.
        attempts: the attempts that a result or review item lists.
        reason: of a review item.
    """

    kind: str
    partition: int
    offset: int
    at: float
    ident: str
    claimed: str = ""
    ce_id: str = ""
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """What the topics hold, by the broker's times, and what the group has committed, by (kind, partition)."""

    seen: tuple[Seen, ...]
    committed: dict[tuple[str, int], int]


def read(servers: str, prefix: str, group: str) -> Log:
    """Read everything that is there now. Values are opened as JSON: workers must write `UNTUNED_WIRE_FORMAT=json`."""
    client = confluent_kafka.Consumer(
        {"bootstrap.servers": servers, "group.id": group, "enable.auto.commit": False, "fetch.message.max.bytes": 2**25}
    )
    try:
        seen: list[Seen] = []
        committed: dict[tuple[str, int], int] = {}
        for kind in (*READ, *OUTCOMES):
            topic = f"{prefix}.{kind}"
            ends = _ends(client, topic)
            seen += _read(client, topic, kind, ends)
            if kind in READ:
                parts = client.committed([confluent_kafka.TopicPartition(topic, part) for part in ends], PATIENCE)
                committed |= {(kind, part.partition): max(part.offset, 0) for part in parts}
        return Log(tuple(sorted(seen, key=lambda each: each.at)), committed)
    finally:
        client.close()


def _ends(client: Any, topic: str) -> dict[int, int]:
    parts = client.list_topics(topic, PATIENCE).topics[topic].partitions
    return {
        part: client.get_watermark_offsets(confluent_kafka.TopicPartition(topic, part), PATIENCE)[1] for part in parts
    }


def _read(client: Any, topic: str, kind: str, ends: dict[int, int]) -> list[Seen]:
    open_parts = {part for part, end in ends.items() if end}
    client.assign([confluent_kafka.TopicPartition(topic, part, 0) for part in open_parts])
    seen: list[Seen] = []
    deadline = time.monotonic() + PATIENCE
    while open_parts:
        for message in client.consume(1000, 1.0):
            if message.error() is not None:
                raise confluent_kafka.KafkaException(message.error())
            seen.append(view(kind, message))
            if message.offset() + 1 >= ends[message.partition()]:
                open_parts.discard(message.partition())
            deadline = time.monotonic() + PATIENCE
        if time.monotonic() > deadline:
            raise TimeoutError(f"{topic} ends at {ends}, and nothing more came")
    client.unassign()
    return seen


def view(kind: str, message: Any) -> Seen:
    """One message of confluent-kafka as the checker sees it."""
    own, at = message.timestamp()
    if kind not in READ and own != confluent_kafka.TIMESTAMP_LOG_APPEND_TIME:
        raise ValueError(f"the broker does not stamp the messages of {kind}")
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in message.headers() or ()}
    record = _opened(message.value())
    event = record.get("event") if isinstance(record.get("event"), dict) else record
    assert isinstance(event, dict)
    claimed = str(record.get("event_id") or event.get("id") or "")
    stood = record.get("origin") or {"partition": message.partition(), "offset": message.offset()}
    attempts = record.get("attempts")
    return Seen(
        kind,
        message.partition(),
        message.offset(),
        at / 1000,
        headers.get(IDENT) or claimed or f"{stood['partition']}/{stood['offset']}",
        claimed,
        headers.get("ce_id", ""),
        len(attempts) if isinstance(attempts, list) else 0,
        str(record.get("reason", "")),
    )


def _opened(value: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(value or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
