"""Labelled cases and traffic from the project's topics: what people decided, and what it was decided about.

No body is kept of what is not labelled: results and review items of other events are counted as they pass.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from processor.adapters import reading
from processor.core.views import outcomes
from processor.core.wire import headers
from processor.measure.cases.decided import Stories
from processor.measure.cases.drawn import Drawn
from processor.measure.cases.traffic import Meter
from processor.measure.scoring import Scorer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from processor.config import Settings
    from processor.core.records import Message
    from processor.core.task import Task
    from processor.core.views.outcomes import Outcome, Read
    from processor.measure.cases.values import Found, Traffic

Show = Callable[[str, int], "AbstractContextManager[Callable[[int], None]]"]
"""Shows the reading of a topic: called with its kind and the number of its messages, it gives what those done go to."""


def _silent(_: str, __: int) -> AbstractContextManager[Callable[[int], None]]:
    return contextlib.nullcontext(lambda _: None)


def read(
    settings: Settings, task: Task, decode: Read, *, since: datetime, now: datetime, show: Show = _silent
) -> tuple[Found, Traffic]:
    """What was decided about a task's events since a time, and what its traffic was.

    A decision counts by its own time: the event that it is about may be older, and so may others on it.

    Args:
        settings: where Kafka is.
        task: only its events count.
        decode: decodes a record, as `cli.results.reader` makes it.
        since: from when on.
        now: for the days of the traffic.
        show: shows the progress.

    Raises:
        Misconfigured: a topic does not exist, or its schemas cannot be read.
        Unavailable: no Kafka, or no schema registry.
    """
    return _Reading(settings, task, decode, since, show).all(now)


class _Reading:
    """One reading of all topics, in the order in which each says what to keep of the next."""

    def __init__(self, settings: Settings, task: Task, decode: Read, since: datetime, show: Show) -> None:
        self._settings = settings
        self._task = task
        self._decode = decode
        self._since = since
        self._since_ms = int(since.timestamp() * 1000)
        self._show = show
        scorer = Scorer(task)
        self._stories = Stories(task, scorer)
        self._meter = Meter(scorer)
        self._drawn = Drawn()

    def all(self, now: datetime) -> tuple[Found, Traffic]:
        stories = self._stories
        for message in self._newer("decisions"):
            stories.decision(outcomes.decode(message, self._decode))
        self._earlier_decisions(frozenset(stories.ids))
        for found in map(self._outcome, self._of_task(self._newer("results"))):
            if found is not None:
                self._meter.result(found, headers.replay(found.message.headers))
                self._drawn.result(found, headers.replay(found.message.headers))
                stories.result(found)
        for found in map(self._outcome, self._of_task(self._newer("review"))):
            if found is not None:
                self._meter.review(found, headers.replay(found.message.headers))
                self._drawn.review(found, headers.replay(found.message.headers))
                stories.review(found)
        self._older("review", stories.review)
        self._older("results", stories.result)
        self._events()
        return self._found(), self._meter.traffic(now, self._since)

    def _found(self) -> Found:
        """The cases, with the chance of each to be one by now."""
        found, decided = self._stories.found(), self._stories.ids
        production = self._drawn.production(decided)
        clean = (
            production.whole
            and not production.missed
            and not found.exclusions
            and self._drawn.has(case.id for case in found.cases)
        )
        return dataclasses.replace(
            found,
            unlabelled=self._meter.undecided(decided),
            chances=self._drawn.chances(found.cases, decided),
            production=production,
            population=production.events if clean else None,
        )

    def _earlier_decisions(self, events: Collection[str]) -> None:
        """What had been decided about the events before the time that was asked for: the first decision counts."""
        if not events or self._since_ms <= 0:
            return
        for message in self._of_task(self._messages("decisions")):
            if message.origin.timestamp_ms < self._since_ms:
                found = outcomes.decode(message, self._decode)
                if found.event_id in events:
                    self._stories.decision(found)

    def _older(self, kind: str, take: Callable[[Outcome], None]) -> None:
        """What stands before the time that was asked for, of decided events that are not known yet."""
        wanted = self._stories.without_event
        if not wanted:
            return
        for message in self._of_task(self._messages(kind)):
            named = headers.event(message.headers)
            if named is not None and named[1] in wanted and message.origin.timestamp_ms < self._since_ms:
                found = self._outcome(message)
                if found is not None:
                    take(found)

    def _events(self) -> None:
        """The events that went straight to a result, from where they were first produced."""
        name = self._settings.topic("tasks")
        places = {place: event for place, event in self._stories.places.items() if place.topic == name}
        if not places:
            return
        starts = dict(reading.ends(self._settings, [name]))
        for place in places:
            at = (name, place.partition)
            if at in starts:
                starts[at] = min(starts[at], place.offset)
        for message in self._shown("tasks", reading.Tail(self._settings, [name], starts=starts)):
            event_id = places.pop(message.origin, None)
            if event_id is not None:
                self._stories.event(event_id, outcomes.decode(message, self._decode).record)
            if not places:
                return

    def _outcome(self, message: Message) -> Outcome | None:
        """The outcome in a message, where it is one of the task's events."""
        found = outcomes.decode(message, self._decode)
        return found if found.record and found.task == self._task.name else None

    def _of_task(self, messages: Iterator[Message]) -> Iterator[Message]:
        """Those that are not said to be of another task: decoding takes ten times as long as reading."""
        return (message for message in messages if headers.task(message.headers) in ("", self._task.name))

    def _newer(self, kind: str) -> Iterator[Message]:
        tail = reading.Tail(self._settings, [self._settings.topic(kind)], self._since_ms)
        return self._shown(kind, tail)

    def _messages(self, kind: str) -> Iterator[Message]:
        tail = reading.Tail(self._settings, [self._settings.topic(kind)])
        return self._shown(kind, tail)

    def _shown(self, kind: str, tail: reading.Tail) -> Iterator[Message]:
        with tail, self._show(kind, tail.size) as move:
            for number, message in enumerate(tail.rest(), 1):
                move(number)
                yield message
