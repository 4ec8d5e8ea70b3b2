"""What makes two messages the same attempt at the same event: what one of them has done, the other need not do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.core.records import Message, Work


def of(work: Work) -> str:
    """The attempt's name: task, event id, how often the event was replayed, attempt number.

    Producers choose the id, so that the same id is the same event; a replay is meant to be done once more.
    """
    return json.dumps([work.event.task, work.event.id, work.replay, work.attempt], ensure_ascii=False)


def of_place(message: Message) -> str:
    """For a message that holds no event: where it stands."""
    return json.dumps([str(message.origin)], ensure_ascii=False)
