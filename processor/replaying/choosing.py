"""What would be sent through again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from processor.adapters import reading
from processor.core.replay import candidate, choice
from processor.replaying import facts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from processor.core.replay.choice import Choice, Wish
    from processor.replaying.topics import Topics

Show = Callable[[int], "AbstractContextManager[Callable[[int], None]]"]


def choose(topics: Topics, wish: Wish, progress: Show) -> Choice:
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
    return choice.choose(fitting, wish, facts.gather(topics, fitting), newest.unreadable)
