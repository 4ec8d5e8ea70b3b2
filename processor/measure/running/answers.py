"""Answers that were paid for, kept on disk, so that a measurement that is run again asks no model what it was asked.

One SQLite file for all tasks of a project: `answers.sqlite` in the folder `measure` of the state folder. Several
processes may use it at once, and one that is killed leaves it whole. It holds the models' answers and a hash of what
they were asked, readable by its owner alone; whoever deletes it pays anew, and nothing else is lost.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any, Self

from processor.adapters import locks
from processor.core import errors
from processor.core.records import Completion, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from processor.config import Settings
    from processor.core.records import Prompt

PATIENCE = 10.0
"""Seconds that a process waits while others write."""

_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, completion TEXT NOT NULL) WITHOUT ROWID"


def path(settings: Settings) -> Path:
    """Where a project's answers are kept."""
    return settings.state_dir / "measure" / "answers.sqlite"


def key(prompt: Prompt, base_url: str, model: str, repeat: int, before: int = 0) -> str:
    """What a call is known by: SHA-256, in hex, over all that the model sees of it, and which repeat of it this is.

    Args:
        prompt: the call.
        base_url: of the server that is asked.
        model: its id there.
        repeat: counted from 0: a model that varies is asked anew for each.
        before: how many earlier steps of the same walk asked alike: a step that only asks again gets another answer.
    """
    asked = [
        base_url,
        model,
        [[turn.role, turn.content] for turn in prompt.messages],
        prompt.schema_name,
        prompt.schema,  # in its order, which is the order in which models write the answer
        prompt.endpoint.response_format,
        prompt.max_tokens,
        float(prompt.temperature),
        prompt.logprobs,
        repeat,
        *([before] if before else []),
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class Answers:
    """The file, open. What cannot be read in it is as if it had never been written.

    Args:
        path: of the file; its folder is made where it is missing.
        warn: is told of a file that is broken, and of an answer that could not be kept.
    """

    def __init__(self, path: Path, warn: Callable[..., None]) -> None:
        """Open the file.

        Raises:
            UsageError: it cannot be opened or made.
        """
        self._path = path
        self._warn = warn
        self._file = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def get(self, key: str) -> Completion | None:
        """The answer that was kept; None where there is none."""
        try:
            row = self._file.execute("SELECT completion FROM answers WHERE key = ?", (key,)).fetchone()
            return None if row is None else _completion(row[0])
        except (sqlite3.DatabaseError, ValueError, TypeError, KeyError, AttributeError) as error:
            self._told(error)
            return None

    def put(self, key: str, completion: Completion) -> None:
        """Keep an answer."""
        text = json.dumps(dataclasses.asdict(completion))
        try:
            with self._file:
                self._file.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, text))
        except sqlite3.DatabaseError as error:
            self._told(error)

    def _told(self, error: Exception) -> None:
        self._warn("the cache of answers cannot be used", path=str(self._path), detail=str(error))
        if _is_broken(error):
            self._file.close()
            self._file = self._opened()

    def _opened(self) -> sqlite3.Connection:
        folder = self._path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Two processes that find the file broken must not set aside each other's new one.
            with locks.held(folder / "answers.lock", PATIENCE, lambda: None):
                return self._whole()
        except (OSError, sqlite3.Error, errors.StackError) as error:
            raise errors.UsageError(f"{self._path} cannot be used to keep answers in: {error}") from error

    def _whole(self) -> sqlite3.Connection:
        try:
            return _connect(self._path)
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise
        aside = self._path.with_name(f"{self._path.name}.broken-{time.time_ns()}")
        self._path.rename(aside)
        for suffix in ("-wal", "-shm"):  # they belong to the broken one, and would be taken for the new one's
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._warn("the cache of answers is broken and set aside: its answers are bought anew", path=str(aside))
        return _connect(self._path)


def _connect(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    file = sqlite3.connect(path, timeout=PATIENCE)
    try:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        with file:
            file.execute(_TABLE)
        _check(file)
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            file.close()
        raise
    return file


def _check(file: sqlite3.Connection) -> None:
    if (found := file.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
        raise sqlite3.DatabaseError(str(found))


def _is_broken(error: Exception) -> bool:
    """Whether the file is none of SQLite's, or damaged; not where it is only locked, full or forbidden."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


def _completion(text: str) -> Completion:
    found: dict[str, Any] = json.loads(text)
    return Completion(usage=Usage(**found.pop("usage")), **found)
