"""The message that is sent for an event that is replayed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from processor.core.files import producer_record
from processor.core.files.producer_record import ProducerRecord
from processor.core.replay import candidate
from processor.core.views import outcomes
from processor.core.wire import headers

if TYPE_CHECKING:
    from processor.core.records import Message
    from processor.core.replay.candidate import Source
    from processor.core.views.outcomes import Read

CLOUD_SOURCE = "/untuned/replay"


def build(source: Source, kept: Message, replay: int, line: int, read: Read) -> ProducerRecord | None:
    """The message for the tasks topic: id, key and foreign headers as they were, and which replay it is.

    Args:
        source: where the event was chosen from.
        kept: the message that holds it: of the tasks topic, then it is sent as it is, or of review or retry.
        replay: how often the event was replayed, this time included.
        line: its number among those that are sent.
        read: decodes records.

    Returns:
        None where the message holds nothing to send.

    Raises:
        Unavailable, Misconfigured: as `read`.
    """
    mark = (headers.REPLAY, str(replay).encode())
    if source in ("tasks", "results"):
        others = tuple(header for header in kept.headers if header[0] != headers.REPLAY)
        return None if kept.value is None else ProducerRecord(line, kept.key, kept.value, (*others, mark))
    foreign = tuple(header for header in kept.headers if not headers.is_own(header[0]))
    record = outcomes.decode(kept, read).record
    event, raw = candidate.event_of(record), candidate.raw_of(record)
    if event is None and raw is not None:
        event = candidate.retried_in(dataclasses.replace(kept, value=raw), read)
    if event is not None:
        made = producer_record.build(event, line, source=CLOUD_SOURCE)
        return dataclasses.replace(made, key=kept.key, headers=(*foreign, *made.headers, mark))
    return None if raw is None else ProducerRecord(line, kept.key, raw, (*foreign, mark))
