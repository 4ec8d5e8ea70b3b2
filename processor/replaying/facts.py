"""What the other topics and the workers' group say of the events that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka.admin import OffsetSpec

from processor.adapters import kafka_cluster, reading
from processor.core.replay import candidate
from processor.core.replay.choice import Facts
from processor.core.views import outcomes
from processor.core.wire import headers

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from processor.adapters.kafka_cluster import Partition
    from processor.config import Settings
    from processor.core.replay.candidate import Candidate, Key, Source
    from processor.core.views.outcomes import Read
    from processor.replaying.topics import Topics

WORKED_OFF: tuple[Source, ...] = ("tasks", "retry")
"""The topics that the workers read."""


def gather(topics: Topics, fitting: Sequence[Candidate]) -> Facts:
    """What there is to know of the candidates.

    Raises:
        Misconfigured: a topic does not exist.
        Unavailable: no Kafka.
    """
    if not fitting:
        return Facts()
    settings, asked = topics.settings, {item.key for item in fitting}
    with kafka_cluster.Cluster(settings) as cluster:
        existing = cluster.require([settings.topic(kind) for kind in WORKED_OFF])
        partitions = kafka_cluster.partitions(existing)
        begins = cluster.offsets(partitions, OffsetSpec.earliest())
        done = cluster.committed(settings.group, partitions)
    waiting_from = {at: max(begins[at], offset or 0) for at, offset in done.items()}
    oldest = min(item.stands.timestamp_ms for item in fitting)
    return Facts(
        under_way=_under_way(topics, asked, waiting_from),
        answered=answered(settings, asked, oldest) if topics.source == "review" else {},
        decided=_settled(topics, oldest) if topics.source == "review" else frozenset(),
        waiting_from=waiting_from,
        begins=begins if topics.source == "results" else {},
    )


def answered(settings: Settings, asked: Container[Key], since_ms: int) -> dict[Key, int]:
    """Which of the events have a result, and the highest replay that it is of.

    Args:
        settings: where Kafka is.
        asked: each event's task and id.
        since_ms: read results from this time on, in milliseconds since the epoch.

    Raises:
        Misconfigured: the topic does not exist.
        Unavailable: no Kafka.
    """
    found: dict[Key, int] = {}
    with reading.Tail(settings, [settings.topic("results")], since_ms) as tail:
        for message in tail.rest():
            key = headers.event(message.headers)
            if key is not None and key in asked:
                found[key] = max(found.get(key, 0), headers.replay(message.headers))
    return found


def rulings(settings: Settings, read: Read, since_ms: int) -> Iterator[tuple[str, str, int, bool]]:
    """Task, event id and replay of what people decided, and whether it was a blind check.

    Args:
        settings: where Kafka is.
        read: decodes records.
        since_ms: read decisions from this time on, in milliseconds since the epoch.

    Raises:
        Misconfigured: the topic does not exist.
        Unavailable: no Kafka.
    """
    with reading.Tail(settings, [settings.topic("decisions")], since_ms) as tail:
        for found in (outcomes.decode(message, read) for message in tail.rest()):
            replay, blind = found.record.get("replay"), found.record.get("blind")
            if not found.unreadable:
                yield found.task, found.event_id, replay if isinstance(replay, int) else 0, blind is True


def _settled(topics: Topics, since_ms: int) -> frozenset[tuple[str, str, int]]:
    given = rulings(topics.settings, topics.read, since_ms)
    return frozenset((task, event_id, replay) for task, event_id, replay, blind in given if not blind)


def _under_way(topics: Topics, asked: Container[Key], waiting_from: Mapping[Partition, int]) -> dict[Key, int]:
    """Which of the events wait for a worker as a replay, and the highest one."""
    found: dict[Key, int] = {}
    for kind in WORKED_OFF:
        name = topics.settings.topic(kind)
        starts = {at: offset for at, offset in waiting_from.items() if at[0] == name}
        with reading.Tail(topics.settings, [name], starts=starts) as tail:
            for message in filter(lambda message: headers.replay(message.headers), tail.rest()):
                item = candidate.build(kind, message, topics.read)
                if item is not None and item.key in asked:
                    found[item.key] = max(found.get(item.key, 0), item.replay)
    return found
