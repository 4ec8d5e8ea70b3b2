"""The view's file: one for each running instance, thrown away whenever anything about it is unexpected."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
from typing import TYPE_CHECKING

from processor.adapters import locks
from processor.core import errors
from processor.review.view import schema
from processor.review.view.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.review.view.writing import FindTask

PATIENCE = 10.0
"""Seconds that one connection waits for another."""

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def damaged(error: BaseException) -> bool:
    """Whether the file itself is broken, and not what was asked of it, or the disk full."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


class Store:
    """The file and its connections: one that writes, whoever asks, and one that reads for each thread that does.

    Attributes:
        path: the file.
        broken: a read has met a damaged file: it is to be made anew.
    """

    def __init__(self, folder: Path, task: FindTask) -> None:
        """Take the first file that no other instance has.

        Args:
            folder: made where it is missing.
            task: a task of the project by its name.

        Raises:
            OSError: the folder cannot be written to.
        """
        self._task = task
        self._held = contextlib.ExitStack()
        self._mutex = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = self._take(folder)
        self.broken = False
        self._own = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._made = 0
        try:
            self._writer = self._open()
        except BaseException:
            self._held.close()
            raise

    @property
    def reader(self) -> sqlite3.Connection:
        """The thread's connection that reads; it sees whole transactions only."""
        if getattr(self._own, "made", None) != self._made:
            db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=PATIENCE, check_same_thread=False)
            db.row_factory = sqlite3.Row
            self._own.db, self._own.made = db, self._made
            self._readers.append(db)
        found: sqlite3.Connection = self._own.db
        return found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Writer]:
        """Write all or nothing.

        Raises:
            sqlite3.Error: nothing was written.
        """
        with self._mutex:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield Writer(self._writer, self._task)
                self._writer.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._writer.execute("ROLLBACK")
                raise

    def empty(self, identity: str) -> None:
        """Forget everything; what comes is of the topics with this identity."""
        with self.transaction() as writer:
            for table in schema.TABLES:
                writer.db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the schema
            writer.db.execute("INSERT INTO texts (texts) VALUES ('delete-all')")
            writer.db.execute("INSERT INTO meta VALUES ('identity', ?)", (identity,))

    def renew(self) -> None:
        """Throw a damaged file away and begin an empty one; connections that read are made anew at their next read."""
        with self._mutex:
            self._writer.close()
            self._remove()
            self._writer = self._open()
            self._made += 1  # those that read the old file are closed at the end: their threads may be in it
            self.broken = False

    def close(self) -> None:
        """Let the file go."""
        with self._mutex:
            for reader in self._readers:
                reader.close()
            self._writer.close()
            self._held.close()

    def _take(self, folder: Path) -> Path:
        for number in itertools.count():
            with contextlib.suppress(errors.StackError):
                self._held.enter_context(locks.held(folder / f"view-{number}.lock", 0, lambda: None))
                return folder / f"view-{number}.sqlite"
        raise AssertionError

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError:
            self._remove()
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its other files the same mode
        self.path.chmod(0o600)
        db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            _prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


def _prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or find those of this version."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        db.executescript(f"BEGIN; {schema.SCHEMA} PRAGMA user_version = {schema.VERSION}; COMMIT;")
    elif version != schema.VERSION:
        raise sqlite3.DatabaseError("the view is of another version")
