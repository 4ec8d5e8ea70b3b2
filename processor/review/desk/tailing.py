"""Filling the view from the topics: a thread that never ends by itself, whatever becomes of Kafka or the file."""

from __future__ import annotations

import collections
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

from processor.adapters import reading
from processor.core import errors
from processor.review.desk import places
from processor.review.desk.filling import Filling
from processor.review.view import damaged, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from processor.config import Settings
    from processor.core.records import Message
    from processor.review.view.entries import Kind, Read
    from processor.review.view.store import Store
    from processor.review.view.writing import FindTask, Place

KEPT: tuple[Kind, ...] = ("review", "decisions")
"""What is never deleted: a view that does not fit these topics is filled anew."""

FIRST: tuple[Kind, ...] = (*KEPT, "leases")
ALL: tuple[Kind, ...] = (*FIRST, "results")

POLL = 0.2
CHECK = 5.0
"""Seconds between two looks whether Kafka is still there."""

PATIENCE = 3.0
"""Seconds that it may take to answer one."""

BACKOFFS = (0.2, 0.5, 1.0, 2.0, 5.0)
PROGRESS = 5.0
LATE_MS = 3600 * 1000
"""Results of the last hour are read in any case: an item may be older than it looks, by another clock."""


class Tailing:
    """The thread.

    Attributes:
        ready: everything that stood on the topics at the start is in the view.
        trouble: why nothing is read just now, one line; empty where all is well.
        positions: by topic and partition, the offset behind the last message that is in the view.
        partitions: how many each topic has, as far as it is known here.
        behind: how many messages of the topics are not in the view yet, as far as it is known.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        read: Read,
        task: FindTask,
        tell: Callable[[], None],
        log: Callable[..., None],
    ) -> None:
        self.ready = False
        self.trouble = ""
        self.positions: Mapping[Place, int] = {}
        self.partitions: Mapping[str, int] = {}
        self.behind = 0
        self._settings, self._store, self._task = settings, store, task
        self._tell, self._log = tell, log
        self._filling = Filling(store, {settings.topic(kind): kind for kind in ALL}, read, log)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="review-view", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for what is being written."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            before = self.positions
            try:
                self._session()
                failures = 0
            except Exception as error:  # noqa: BLE001 - told, and tried again: without the view there is no review
                failures = 0 if self.positions != before else failures
                self._failed(error)
                self._stopped.wait(BACKOFFS[min(failures, len(BACKOFFS) - 1)])
                failures += 1

    def _failed(self, error: Exception) -> None:
        known = isinstance(error, errors.UntunedError)
        trouble = str(error) if known else f"the local view cannot be filled ({type(error).__name__})"
        if trouble != self.trouble:
            self._log("review_view_trouble", error=trouble)
        self.trouble = trouble
        if damaged(error):
            self._renew()
        self._tell()

    def _session(self) -> None:
        """Read on from where the view is, until something makes it necessary to begin anew."""
        starts = self._starts(FIRST)
        with reading.Tail(self._settings, self._names(FIRST), starts=starts) as tail:
            self._catch_up(tail)
        starts = {**self._starts(FIRST), **self._results()}
        with reading.Tail(self._settings, self._names(ALL), starts=starts) as tail:
            self._well()
            checked = time.monotonic()
            while not self._stopped.is_set():
                busy = self._apply(tail.poll(POLL))
                self.behind = tail.behind
                if time.monotonic() - checked > CHECK:
                    if self._outgrown() or not (busy or tail.check(PATIENCE)):
                        return
                    checked = time.monotonic()

    def _catch_up(self, tail: reading.Tail) -> None:
        done, told = 0, time.monotonic()
        while not tail.caught_up and not self._stopped.is_set():
            done += self._apply(tail.poll(POLL))
            self.behind = tail.behind
            if time.monotonic() - told > PROGRESS:
                told = time.monotonic()
                self._log("review_view_filling", messages=done, of=tail.size)
        if done:
            self._log("review_view_filled", messages=done)

    def _well(self) -> None:
        if self.trouble:
            self._log("review_view_well")
        self.trouble, self.ready = "", not self._stopped.is_set()
        self._tell()

    def _apply(self, messages: list[Message]) -> int:
        """Put messages into the view; how many."""
        if messages:
            self.positions = {**self.positions, **self._filling.put(messages)}
            self._tell()
        return len(messages)

    def _starts(self, kinds: Iterable[Kind]) -> dict[Place, int]:
        """Where to read on; the view is emptied where it does not fit the topics."""
        names = self._names(kinds)
        identity = reading.identity(self._settings, names)
        bounds = reading.bounds(self._settings, names)
        self.partitions = collections.Counter(topic for topic, _ in bounds)
        with self._store.transaction() as writer:
            same = standing.identity(writer.db) == identity and not standing.outgrown(writer.db, self._task)
            stored = standing.offsets(writer.db) if same else {}
        if not same or not places.fit(stored, bounds, self._names(KEPT)):
            self._empty(identity)
            stored = {}
        self.positions = stored
        return places.on(stored, bounds)

    def _results(self) -> dict[Place, int]:
        """Where to read results on: from the oldest open item's time on, where none was read before."""
        names = self._names(["results"])
        bounds = reading.bounds(self._settings, names)
        with self._store.transaction() as writer:
            stored, oldest = standing.offsets(writer.db), standing.oldest_ms(writer.db)
        late = round(time.time() * 1000) - LATE_MS
        since = reading.since(self._settings, names, late if oldest is None else min(oldest, late))
        return places.on_or_since(stored, since, bounds)

    def _outgrown(self) -> bool:
        if self._store.broken:
            self._renew()
            return True
        with self._store.transaction() as writer:
            return standing.outgrown(writer.db, self._task)

    def _empty(self, identity: str) -> None:
        self.ready = False
        self._store.empty(identity)
        self._tell()

    def _renew(self) -> None:
        self.ready = False
        try:
            self._store.renew()
        except (OSError, sqlite3.Error) as error:
            self._log("review_view_trouble", error=f"the local view cannot be made anew ({type(error).__name__})")

    def _names(self, kinds: Iterable[Kind]) -> list[str]:
        return [self._settings.topic(kind) for kind in kinds]
