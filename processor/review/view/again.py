"""An item that comes again: the same once more, or another input under an id that was used before.

Of several inputs the one that came first is the item, by the broker's time, whatever the order in which partitions are
read: a decision that was made at one instance is about the same input at all others, and after a view is filled anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.review.view import texts
from processor.review.view.entries import Sent

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Kept:
    """What the view has under an item's ref.

    Attributes:
        number: its id.
        place: when it came, and where it stands: what is first has the least.
        sent: the item itself; of its message only the place is known.
        superseded: whether its event has passed, or came to review again.
    """

    number: int
    place: tuple[int, int, int]
    sent: Sent
    superseded: bool

    def is_same(self, sent: Sent) -> bool:
        """Whether it is of the same event."""
        return self.sent.came == sent.came

    def is_after(self, sent: Sent) -> bool:
        """Whether the other came before it."""
        origin = sent.message.origin
        return self.place > (origin.timestamp_ms, origin.partition, origin.offset)


def kept(db: sqlite3.Connection, sent: Sent) -> Kept | None:
    """What there is under the item's ref; None where there is nothing."""
    found = db.execute(
        "SELECT id, at_ms, part, place, record, superseded FROM items JOIN records USING (id) WHERE ref = ?",
        (sent.key.ref,),
    ).fetchone()
    if found is None:
        return None
    number, at_ms, part, place, record, superseded = found
    return Kept(number, (at_ms, part, place), Sent(sent.key, sent.message, json.loads(record)), bool(superseded))


def remove(db: sqlite3.Connection, found: Kept) -> None:
    """Take it out of all tables of items; those of rulings and leases are about the ref, and stay."""
    number = found.number
    db.execute("UPDATE items SET state = 'closed', decided_ms = NULL WHERE id = ?", (number,))  # kinds count it no more
    searched = texts.searched(found.sent.key.event_id, found.sent.record)
    db.execute("INSERT INTO texts (texts, rowid, text) VALUES ('delete', ?, ?)", (number, searched))
    for table in ("items", "records", "rules"):
        db.execute(f"DELETE FROM {table} WHERE id = ?", (number,))  # noqa: S608 - names from here
