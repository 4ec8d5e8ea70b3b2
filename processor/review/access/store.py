"""The SQLite file that the instances on one machine share: sessions, failed logins, begun logins, the audit log.

Not the view: what is in here is in no topic. Losing it logs everybody out and loses the audit log's lines, which the
structured log has as well.
"""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from processor.core import errors

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 5.0
"""Seconds that one instance waits while another writes."""

TABLES = """
create table if not exists sessions (
    token text primary key, name text not null, stamp text not null, role text not null, how text not null,
    began real not null, seen real not null
) without rowid;
create table if not exists failures (
    what text primary key, count integer not null, last real not null, until real not null
) without rowid;
create index if not exists failures_last on failures (last);
create table if not exists begun (
    state text primary key, browser text not null, nonce text not null, verifier text not null, next text not null,
    until real not null
) without rowid;
create table if not exists log (
    number integer primary key autoincrement, at real not null, what text not null, by text not null,
    about text not null
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """The file, made where it is not there, readable by its owner alone; every statement is its own transaction.

    Raises:
        UsageError: it cannot be had.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        made = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        made.execute("pragma journal_mode = wal")
        made.execute("pragma synchronous = normal")
        made.executescript(TABLES)
    except (OSError, sqlite3.Error) as error:
        raise errors.UsageError(f"{path} cannot be used: {error}") from error
    return made
