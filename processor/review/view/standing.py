"""How far the view is, and what is still to be done: for whoever fills it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.review.view import writing

if TYPE_CHECKING:
    import sqlite3

    from processor.review.view.writing import FindTask, Place


@dataclass(frozen=True, slots=True)
class Pending:
    """A ruling that counts, and of which it is not known that what follows from it was published."""

    ref: str
    ruling_id: str
    at_ms: int


def identity(db: sqlite3.Connection) -> str:
    """Which topics it is of; empty for a new one."""
    found = db.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()
    return str(found[0]) if found else ""


def offsets(db: sqlite3.Connection) -> dict[Place, int]:
    """By topic and partition, the offset that is read next."""
    return {(topic, part): behind for topic, part, behind in db.execute("SELECT topic, part, next FROM offsets")}


def oldest_ms(db: sqlite3.Connection) -> int | None:
    """When the oldest open item came, in milliseconds since the epoch; None where none is open."""
    found: int | None = db.execute("SELECT min(at_ms) FROM items WHERE state = 'open'").fetchone()[0]
    return found


def outgrown(db: sqlite3.Connection, task: FindTask) -> bool:
    """Whether a task's definition has changed in what rows hang on."""
    rows = db.execute("SELECT name, depends FROM tasks").fetchall()
    return any(writing.depends(task(name)) != depends for name, depends in rows)


def pending(db: sqlite3.Connection, before_ms: int) -> list[Pending]:
    """The rulings before a time that are to be looked after, oldest first."""
    query = "SELECT ref, id, at_ms FROM rulings WHERE counts AND outcome = '' AND at_ms < ? ORDER BY at_ms, ref"
    known = "SELECT 1 FROM items WHERE ref = ?"
    found = [Pending(*row) for row in db.execute(query, (before_ms,))]
    return [each for each in found if db.execute(known, (each.ref,)).fetchone()]
