"""Filling the view: what was read goes into it in one transaction with how far it was read.

The topics are read side by side, so that a ruling or a result may come before its item: each order gives the same rows.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from processor.core import auditing
from processor.core.wire import plain
from processor.review.view import again, leases, texts
from processor.review.view.entries import Done, Leased, Ruled, Sent

if TYPE_CHECKING:
    import sqlite3

    from processor.core.task import Task
    from processor.review.values import Key
    from processor.review.view.entries import Entry

LATE_MS = 3600 * 1000
"""Milliseconds that a result is remembered for an item that is read after it."""

FindTask = Callable[[str], "Task | None"]
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes by one connection, one transaction at a time; the caller sees to both."""

    db: sqlite3.Connection
    task: FindTask

    def apply(self, entries: Iterable[Entry], offsets: Mapping[Place, int]) -> list[str]:
        """Note what was read, and that the partitions were read up to these offsets.

        Returns:
            The refs of items that came with two inputs: a producer has used an id again. The first of them stays.
        """
        strange = []
        for entry in entries:
            if isinstance(entry, Sent):
                strange += [] if self._sent(entry) else [entry.key.ref]
            elif isinstance(entry, Ruled):
                self._ruled(entry)
            elif isinstance(entry, Leased):
                self._leased(entry)
            else:
                self._done(entry)
        self.db.executemany(
            "INSERT INTO offsets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
            [(*at, behind) for at, behind in offsets.items()],
        )
        return strange

    def confirm(self, ref: str, ruling_id: str, outcome: str) -> None:
        """What follows from a ruling is on its topic; `none` where nothing follows."""
        self.db.execute("UPDATE rulings SET outcome = ? WHERE ref = ? AND id = ? AND counts", (outcome, ref, ruling_id))

    def _sent(self, sent: Sent) -> bool:
        """Note an item; False where there is one of its name already, of another event."""
        known = again.kept(self.db, sent)
        if known is None:
            self._add(sent)
            return True
        if known.is_same(sent):
            return True
        if known.is_after(sent):
            again.remove(self.db, known)
            self._add(sent)
        self.db.execute(
            "UPDATE items SET others = 1, superseded = max(superseded, ?1),"
            " state = iif(state = 'open' AND ?1, 'closed', state) WHERE ref = ?2",
            (known.superseded, sent.key.ref),
        )
        return False

    def _add(self, sent: Sent) -> None:
        row = self._row(sent)
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        number = self.db.execute(f"INSERT INTO items ({names}) VALUES ({marks})", row).lastrowid  # noqa: S608
        message = sent.message
        written = json.dumps([(name, base64.b64encode(value).decode()) for name, value in message.headers])
        origin = message.origin
        place = (origin.topic, origin.partition, origin.offset)
        self.db.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, json.dumps(sent.record.get("answer")), json.dumps(sent.record), message.key, written, *place),
        )
        self.db.executemany(
            "INSERT OR IGNORE INTO rules VALUES (?, ?)", [(texts.clean(rule), number) for rule in sent.rules]
        )
        found = texts.searched(sent.key.event_id, sent.record)
        self.db.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", (number, found))
        self._depends(sent.key.task)
        self._supersede(sent.key, str(row["tenant"]))
        self._settle(sent.key.ref)

    def _row(self, sent: Sent) -> dict[str, Any]:
        key, record = sent.key, sent.record
        task = self.task(key.task)
        audit, cost = sent.is_audit, _cost(record)
        share = 0.0 if task is None else task.definition.review.second_look
        visibility = None if task is None else task.definition.visibility
        tenant = "" if visibility is None else sent.attributes.get(visibility.attribute, "")
        return {
            "ref": key.ref,
            "task": texts.clean(key.task),
            "event_id": texts.clean(key.event_id),
            "replay": key.replay,
            "tenant": texts.clean(tenant),
            "known": bool(tenant),
            "reason": texts.clean(record["reason"]),
            "rules": json.dumps(sent.rules),
            "summary": texts.clean(texts.summary(record)),
            "at_ms": sent.message.origin.timestamp_ms,
            "cost": None if cost is None else float(cost),
            "cost_text": None if cost is None else str(cost),
            "signature": json.dumps(
                [texts.clean(key.task), texts.clean(record["reason"]), sorted(map(texts.clean, sent.rules))]
            ),
            "audit": audit,
            "inclusion": float(record["inclusion"]) if audit else None,
            "retried": len(record["attempts"]) > 1,
            "second": not audit and auditing.second_look(key.ref, share),
            "veiled": audit,
        }

    def _depends(self, name: str) -> None:
        self.db.execute("INSERT INTO tasks VALUES (?, ?) ON CONFLICT DO NOTHING", (name, depends(self.task(name))))

    def _supersede(self, key: Key, tenant: str) -> None:
        """Close what this item comes after, or itself where something came before it was read.

        An item of another tenant is not closed: whoever produces events can say that one is a replay of any other.
        """
        self.db.execute(
            "UPDATE items SET superseded = 1, state = iif(state = 'open', 'closed', state)"
            " WHERE task = ? AND event_id = ? AND replay < ? AND tenant = ?",
            (texts.clean(key.task), texts.clean(key.event_id), key.replay, tenant),
        )
        self.db.execute(
            "UPDATE items SET superseded = 1 WHERE ref = ?1 AND ("
            " EXISTS (SELECT 1 FROM items later WHERE later.task = items.task AND later.event_id = items.event_id"
            "  AND later.replay > items.replay AND later.tenant = items.tenant)"
            " OR EXISTS (SELECT 1 FROM results WHERE results.task = items.task AND results.event_id = items.event_id"
            "  AND results.replay >= items.replay + items.audit))",
            (key.ref,),
        )

    def _ruled(self, entry: Ruled) -> None:
        ruling, ref = entry.ruling, entry.key.ref
        self.db.execute(
            "INSERT INTO rulings (ref, id, by, blind, part, place, at_ms, ruling) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",  # the same reviewer's same form once more
            (
                ref,
                texts.clean(ruling.id),
                texts.clean(ruling.by),
                ruling.blind,
                entry.origin.partition,
                entry.origin.offset,
                entry.origin.timestamp_ms,
                json.dumps(asdict(ruling), default=plain.scalar),
            ),
        )
        self._settle(ref)

    def _leased(self, entry: Leased) -> None:
        ref, by = entry.key.ref, texts.clean(entry.by)
        found = self.db.execute("SELECT by, until_ms FROM leases WHERE ref = ?", (ref,)).fetchone()
        held = leases.follow(leases.Held(*found) if found else None, by, entry.seconds, entry.at_ms)
        if held is None:
            self.db.execute("DELETE FROM leases WHERE ref = ?", (ref,))
        else:
            self.db.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", (ref, held.by, held.until_ms))

    def _done(self, entry: Done) -> None:
        names = texts.clean(entry.key.task), texts.clean(entry.key.event_id)
        self.db.execute(
            "INSERT INTO results VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET replay = max(replay, excluded.replay), at_ms = excluded.at_ms",
            (*names, entry.key.replay, entry.at_ms),
        )
        self.db.execute("DELETE FROM results WHERE at_ms < ?", (entry.at_ms - LATE_MS,))
        self.db.execute(
            "UPDATE items SET superseded = 1, state = iif(state = 'open', 'closed', state)"
            " WHERE task = ? AND event_id = ? AND replay + audit <= ?",
            (*names, entry.key.replay),
        )

    def _settle(self, ref: str) -> None:
        """How an item stands by the rulings on it, in the order of their topic."""
        item = self.db.execute("SELECT audit, second, superseded FROM items WHERE ref = ?", (ref,)).fetchone()
        if item is None:
            return
        audit, second, superseded = item
        rulings = self.db.execute(
            "SELECT id, by, blind, at_ms FROM rulings WHERE ref = ? ORDER BY part, place", (ref,)
        ).fetchall()
        first = next((each for each in rulings if audit or not each[2]), None)
        if first is None:
            state = "closed" if superseded else "open"
            self.db.execute("UPDATE items SET state = ? WHERE ref = ? AND state <> ?", (state, ref, state))
            return
        number, by, _, at_ms = first
        looked_again = any(each[1] != by for each in rulings)
        state = "second" if second and not looked_again else "closed"
        self.db.execute(
            "UPDATE items SET state = ?, veiled = ?, decided_by = ?, decided_ms = ?, given = ? WHERE ref = ?",
            (state, audit or second, by, at_ms, len(rulings), ref),
        )
        self.db.execute("UPDATE rulings SET counts = (id = ? AND by = ?) WHERE ref = ?", (number, by, ref))


def depends(task: Task | None) -> str:
    """What rows hang on of a task's definition, as a text that changes with it."""
    if task is None:
        return ""
    visibility = task.definition.visibility
    return json.dumps([None if visibility is None else visibility.attribute, task.definition.review.second_look])


def _cost(record: Mapping[str, Any]) -> Decimal | None:
    given = record.get("cost_usd")
    try:
        found = Decimal(given) if isinstance(given, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and math.isfinite(float(found)) else None
