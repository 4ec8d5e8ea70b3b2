"""A view, and what comes to it, written as it would be read from the topics."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any, Self

from processor.core.records import Message, Origin
from processor.review.values import Key
from processor.review.view import Store, View
from processor.review.view.entries import Done, Leased, Ruled, Sent
from tests import reviewing

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from processor.core.task import Task
    from processor.review.decided import Decided
    from processor.review.values import Reviewer
    from processor.review.view.entries import Entry

NOW = reviewing.NOW


def ms(at: dt.datetime = NOW, seconds: float = 0.0) -> int:
    return round(at.timestamp() * 1000 + seconds * 1000)


def sent(event_id: str = "e-1", *, replay: int = 0, ago: float = 3600.0, offset: int = 0, **changes: Any) -> Sent:
    """An item that came to review so many seconds ago; `changes` are of its record."""
    record = reviewing.record(event_id, **changes)
    event = record["event"]
    key = Key(event["task"], event_id, replay) if event else Key("", event_id, replay)
    origin = Origin("untuned.review", 0, offset, ms(seconds=-ago))
    return Sent(key, Message(origin, b"key", b"", (("x-team", b"blue"),)), record)


def ruled(of: Sent, by: str = "ann", offset: int = 0, ago: float = 60.0, **changes: Any) -> Ruled:
    made = reviewing.ruling(reviewing.item(of.key.event_id), by)
    ruling = dataclasses.replace(made, task=of.key.task, replay=of.key.replay, **changes)
    return Ruled(ruling, Origin("untuned.decisions", 0, offset, ms(seconds=-ago)))


def leased(of: Sent, by: str = "ann", seconds: float = 300.0, ago: float = 0.0) -> Leased:
    return Leased(of.key, by, seconds, ms(seconds=-ago))


def done(of: Sent, replay: int = 0, ago: float = 0.0) -> Done:
    return Done(Key(of.key.task, of.key.event_id, replay), ms(seconds=-ago))


class Filled:
    """A store with its view; a context manager."""

    def __init__(self, folder: Path, **tasks: Task) -> None:
        self.tasks = tasks
        self.store = Store(folder, self.tasks.get)
        self.view = View(self.store, lambda: NOW)
        self._offsets = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def apply(self, *entries: Entry) -> None:
        with self.store.transaction() as writer:
            writer.apply(entries, {("untuned.review", 0): next(self._offsets)})

    def decided(self, by: Reviewer, task: str = "", since: float | None = None) -> list[Decided]:
        return [*self.view.decisions([mark.ref for mark in self.view.decided(by, task, since)])]
