"""The audit log: in the shared file for the application's own page, and as lines of the structured log.

It has names, numbers and ids; never contents of events, passwords or tokens.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from processor.review.values import LogEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST = 500
"""Characters of one text in a line."""

LAST = 2**63 - 1

SELDOM = 1.0
"""Seconds between two lines of the same kind that anybody can cause."""


DAY = 86_400.0
TRIM_EVERY = 3600.0
"""Seconds between two looks for lines that are too old."""


class AuditLog:
    """The log of one file.

    Args:
        store: as of `store.connect`.
        now: seconds of the epoch.
        days: how long lines are kept; 0: for good.
    """

    def __init__(self, store: sqlite3.Connection, now: Callable[[], float], days: float = 0) -> None:
        self._store = store
        self._now = now
        self._days = days
        self._trimmed = -TRIM_EVERY
        self._log = structlog.stdlib.get_logger("untuned")
        self._seldom: dict[str, float] = {}

    def write(self, what: str, by: str, **about: str | float) -> None:
        """Note one thing; where the file cannot be written to, in the structured log alone: it has happened."""
        told = {key: value[:LONGEST] if isinstance(value, str) else value for key, value in about.items()}
        self._log.info("review_audit", what=what, by=by, about=told)
        now = self._now()
        try:
            self._store.execute(
                "insert into log (at, what, by, about) values (?, ?, ?, ?)", (now, what, by, json.dumps(told))
            )
            self._trim(now)
        except sqlite3.Error as broken:
            self._log.warning("review_access_broken", detail=str(broken))

    def seldom(self, what: str, by: str, **about: str | float) -> None:
        """Note what anybody can cause without a login; of the same kind one line a second, so that it fills no disk."""
        now = self._now()
        if abs(now - self._seldom.get(what, -SELDOM)) >= SELDOM:
            self._seldom[what] = now
            self.write(what, by, **about)

    def read(self, limit: int = 100, before: int | None = None) -> Sequence[LogEntry]:
        """What was noted, newest first; `before` is the number of the last entry of the page that was seen."""
        rows = self._store.execute(
            "select number, at, what, by, about from log where number < ? order by number desc limit ?",
            (LAST if before is None else before, limit),
        )
        return [
            LogEntry(number, datetime.fromtimestamp(at, UTC), what, by, json.loads(about))
            for number, at, what, by, about in rows
        ]

    def _trim(self, now: float) -> None:
        """Delete what is too old; the first that is not ends the search."""
        if self._days and abs(now - self._trimmed) >= TRIM_EVERY:
            self._trimmed = now
            self._store.execute(
                "delete from log where number < (select number from log where at >= ? order by number limit 1)",
                (now - self._days * DAY,),
            )
