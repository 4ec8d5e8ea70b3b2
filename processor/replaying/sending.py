"""Sending what was chosen."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from processor.adapters import producing, reading
from processor.core.replay import again
from processor.core.replay.choice import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from processor.core import errors
    from processor.core.files.producer_record import ProducerRecord
    from processor.core.records import Message, Origin
    from processor.core.replay.candidate import Candidate
    from processor.replaying.topics import Topics

Records = Generator["ProducerRecord", None, None]


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


def send(topics: Topics, chosen: Sequence[Candidate], progress: Callable[[int], None]) -> Sent:
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
