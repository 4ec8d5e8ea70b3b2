"""The demo and its topics: where this run begins on them, what was produced, what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor import app
from processor.adapters import kafka_cluster, producing, reading
from processor.adapters import lag as lagging
from processor.core import errors
from processor.core.views import lags, outcomes
from processor.demo import accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from processor.adapters.kafka_cluster import Partition
    from processor.config import Settings
    from processor.core.records import Message
    from processor.core.task import Task
    from processor.core.views.outcomes import Outcome
    from processor.demo.accounts import Kind
    from processor.demo.samples import Sample

OUTCOMES: tuple[Kind, ...] = ("results", "retry", "review")

EMPTY_PATIENCE = 30.0
"""Seconds that killed workers of an earlier demo may take to fall out of their group (their session's 15, and some)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The topics from where this run begins.

    Attributes:
        settings: with the demo's prefix and group.
        starts: by topic and partition, the offset behind all that stood there before.
        read: decodes outcomes.
    """

    settings: Settings
    starts: Mapping[Partition, int]
    read: outcomes.Read

    def tail(self, kinds: Iterable[str]) -> reading.Tail:
        """The messages of some of the topics since this run began."""
        names = [self.settings.topic(kind) for kind in kinds]
        starts = {at: offset for at, offset in self.starts.items() if at[0] in names}
        return reading.Tail(self.settings, names, starts=starts)

    def outcomes(self, messages: Iterable[Message]) -> Iterator[tuple[Kind, Outcome]]:
        """Each message decoded, with the kind of its topic."""
        kinds = {self.settings.topic(kind): kind for kind in OUTCOMES}
        return ((kinds[message.origin.topic], outcomes.decode(message, self.read)) for message in messages)

    def produced(self, samples: Iterable[Sample]) -> dict[str, Sample]:
        """The samples that stand on the tasks topic, by their identity (`accounts.identity`)."""
        by_key = {sample.record.key: sample for sample in samples}
        found = {}
        with self.tail(["tasks"]) as tail:
            for message in tail.rest():
                sample = by_key.get(message.key or b"")
                if sample is not None:
                    found[sample.key if sample.is_event else str(message.origin)] = sample
        return found

    def books(self, produced: Iterable[str]) -> accounts.Books:
        """What became of the messages, read anew from the topics."""
        books = accounts.Books(frozenset(produced))
        with self.tail(OUTCOMES) as tail:
            for kind, outcome in self.outcomes(tail.rest()):
                books.add(kind, outcome)
        return books

    def lag(self) -> lagging.Lag:
        """How far the demo's group is behind on what it reads."""
        return lagging.Lag(self.settings, [self.settings.topic(kind) for kind in app.READ_TOPICS])


def open_ground(settings: Settings, tasks: Mapping[str, Task], waiting: Callable[[], None]) -> Ground:
    """Begin: what an aborted run has left on the topics is skipped by the demo's group.

    `waiting` is called over and over while killed workers of an earlier demo are still in the group.

    Raises:
        Unavailable: no Kafka, or workers of the demo's group run elsewhere.
    """
    starts = reading.ends(settings, [settings.topic(kind) for kind in app.ALL_TOPICS])
    read_on = {at: offset for at, offset in starts.items() if at[0] in map(settings.topic, app.READ_TOPICS)}
    deadline = time.monotonic() + EMPTY_PATIENCE
    with kafka_cluster.Cluster(settings) as cluster:
        while True:
            try:
                cluster.commit(settings.group, read_on)
                break
            except errors.Unavailable:
                if time.monotonic() > deadline:
                    raise
                waiting()
                time.sleep(1)
    wire = app.create_wire(settings, lambda name: tasks[name].contract if name in tasks else None)
    return Ground(settings, starts, wire.read)


def produce(settings: Settings, samples: Iterable[Sample], progress: Callable[[int], None]) -> None:
    """Send the samples and wait until Kafka has confirmed every one.

    Raises:
        UntunedError: it has not.
    """
    topic = settings.topic("tasks")
    records = [sample.record for sample in samples]
    delivery = producing.send(settings, topic, records, max_bytes=producing.limit(settings, topic), progress=progress)
    if delivery.failure is not None:
        raise errors.UntunedError(f"{delivery.confirmed:,} of {len(records):,} events are produced: {delivery.failure}")


def total(found: Iterable[lags.PartitionLag]) -> int:
    """The lag over all partitions."""
    return lags.total(found, 0).lag
