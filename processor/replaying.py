"""`untuned replay`: what would be sent through again, and the sending.

A topic is read twice: first all of it, to know what is there and which of it is the newest; then what was chosen, to
send it. So no more is kept than where each event stands.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka.admin import OffsetSpec

from processor.adapters import kafka_cluster, producing, reading
from processor.core.replay import again, candidate, choice
from processor.core.replay.choice import Choice, Facts, LeftOut
from processor.core.wire import headers

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from processor.config import Settings
    from processor.core import errors
    from processor.core.files.producer_record import ProducerRecord
    from processor.core.records import Message, Origin
    from processor.core.replay.candidate import Candidate, Source
    from processor.core.replay.choice import Wish
    from processor.core.views.outcomes import Read

Progress = Callable[[int], None]
Records = Generator["ProducerRecord", None, None]


@dataclass(frozen=True, slots=True)
class Topics:
    """Where events are replayed from.

    Attributes:
        settings: where Kafka is.
        source: the topic that is chosen from.
        read: decodes its records.
        since_ms: read it from this time on, in milliseconds since the epoch; None from its beginning.
    """

    settings: Settings
    source: Source
    read: Read
    since_ms: int | None = None

    @property
    def chosen_from(self) -> str:
        """The full name of the topic that is chosen from."""
        return self.settings.topic(self.source)

    @property
    def sent_from(self) -> str:
        """The full name of the topic that holds what is sent: results hold no input."""
        return self.settings.topic("tasks" if self.source == "results" else self.source)

    @property
    def target(self) -> str:
        """The full name of the topic that is sent to."""
        return self.settings.topic("tasks")


@dataclass
class Sent:
    """What became of the chosen events: how many Kafka has, how many were left out after all, and what failed."""

    confirmed: int = 0
    left_out: dict[LeftOut, int] = field(default_factory=dict)
    failure: errors.UntunedError | None = None

    def leave_out(self, why: LeftOut, count: int = 1) -> None:
        """Count what is not sent."""
        if count:
            self.left_out[why] = self.left_out.get(why, 0) + count


def choose(
    topics: Topics, wish: Wish, progress: Callable[[int], contextlib.AbstractContextManager[Progress]]
) -> Choice:
    """What would be replayed now.

    Args:
        topics: where from.
        wish: what was asked for.
        progress: shows the reading: called with the number of messages, it gives what is called with those done.

    Raises:
        Misconfigured: a topic does not exist, or its schemas cannot be read.
        Unavailable: no Kafka.
    """
    newest = choice.Newest()
    with reading.Tail(topics.settings, [topics.chosen_from], topics.since_ms) as tail, progress(tail.size) as move:
        for number, message in enumerate(tail.rest(), 1):
            newest.add(candidate.build(topics.source, message, topics.read))
            move(number)
    fitting = newest.fitting(wish)
    return choice.choose(fitting, wish, _facts(topics, fitting), newest.unreadable)


def send(topics: Topics, chosen: Sequence[Candidate], progress: Progress) -> Sent:
    """Send what was chosen, each message's delivery confirmed.

    Raises:
        Misconfigured: a topic does not exist.
        Unavailable: no Kafka.
    """
    sent = Sent()
    limit = producing.limit(topics.settings, topics.target)
    with contextlib.closing(_records(topics, chosen, limit, sent)) as records:
        delivery = producing.send(topics.settings, topics.target, records, max_bytes=limit, progress=progress)
    sent.confirmed, sent.failure = delivery.confirmed, delivery.failure
    return sent


def answered(settings: Settings, asked: Container[tuple[str, str]], since_ms: int) -> dict[tuple[str, str], int]:
    """Which of the events have a result, and the highest replay that it is of.

    Args:
        settings: where Kafka is.
        asked: each event's task and id.
        since_ms: read results from this time on, in milliseconds since the epoch.

    Raises:
        Misconfigured: the topic does not exist.
        Unavailable: no Kafka.
    """
    found: dict[tuple[str, str], int] = {}
    with reading.Tail(settings, [settings.topic("results")], since_ms) as tail:
        for message in tail.rest():
            key = headers.event(message.headers)
            if key is not None and key in asked:
                found[key] = max(found.get(key, 0), headers.replay(message.headers))
    return found


def _facts(topics: Topics, fitting: Sequence[Candidate]) -> Facts:
    if not fitting:
        return Facts()
    if topics.source == "review":
        oldest = min(item.stands.timestamp_ms for item in fitting)
        return Facts(answered=answered(topics.settings, {item.key for item in fitting}, oldest))
    with kafka_cluster.Cluster(topics.settings) as cluster:
        partitions = kafka_cluster.partitions(cluster.require([topics.sent_from]))
        if topics.source == "results":
            return Facts(begins=cluster.offsets(partitions, OffsetSpec.earliest()))
        done = cluster.committed(topics.settings.group, partitions)
        return Facts(waiting_from={at: offset or 0 for at, offset in done.items()})


def _records(topics: Topics, chosen: Sequence[Candidate], limit: int, sent: Sent) -> Records:
    # With its time: a topic that was created anew may hold something else in the same place.
    wanted = {item.kept: item for item in chosen}
    for number, message in enumerate(_kept(topics, wanted), 1):
        item = wanted.pop(message.origin)
        record = again.build(topics.source, message, item.replay + 1, number, topics.read)
        if record is None:
            sent.leave_out(LeftOut.UNREADABLE)
        elif record.size > limit:
            sent.leave_out(LeftOut.TOO_LARGE)
        else:
            yield record
    sent.leave_out(LeftOut.EXPIRED, len(wanted))


def _kept(topics: Topics, wanted: Mapping[Origin, Candidate]) -> Iterator[Message]:
    """The messages that stand in the wanted places; whoever takes one takes it out of `wanted`."""
    starts = dict(reading.ends(topics.settings, [topics.sent_from]))
    for place in wanted:
        at = (topics.sent_from, place.partition)
        starts[at] = min(starts.get(at, place.offset), place.offset)
    with reading.Tail(topics.settings, [topics.sent_from], starts=starts) as tail:
        for message in tail.rest():
            if message.origin in wanted:
                yield message
            if not wanted:
                return
