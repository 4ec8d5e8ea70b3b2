"""Decided items as figures need them: which there are, and each whole; and the audits that wait.

A row has its answer and its rulings, and nothing of the record that is behind them: there may be many thousands.
"""

from __future__ import annotations

import itertools
import json
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.review.decided import Audits, Decided, Mark
from processor.review.values import Key
from processor.review.view import asking, rows, texts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from processor.review.values import Reviewer

    Read = Callable[[str, Mapping[str, Any]], list[sqlite3.Row]]

CHUNK = 500
"""Items that are read at once."""

MARK = "i.ref, i.task, i.at_ms, i.decided_ms, i.given"
WHOLE = (
    f"SELECT {MARK}, i.event_id, i.replay, i.summary, i.rules, i.inclusion, i.retried, records.answer,"  # noqa: S608 - no value in it
    " rulings.ruling, rulings.counts"
    " FROM items i JOIN records USING (id) JOIN rulings ON rulings.ref = i.ref"
    " WHERE i.ref IN (SELECT value FROM json_each(:refs)) AND i.decided_ms IS NOT NULL"
    " ORDER BY i.decided_ms, i.ref, rulings.part, rulings.place"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose figures, of which task (empty for all), since when in seconds of the epoch."""

    reviewer: Reviewer
    task: str = ""
    since: float | None = None

    def within(self, what: str) -> asking.Asked:
        """What is in the reviewer's scope and the task, and has this column in the time."""
        asked = asking.scope(self.reviewer).also(f"{what} >= :since", since=round((self.since or 0) * 1000))
        return asked.also("+i.task = :task", task=texts.clean(self.task)) if self.task else asked


def marks(read: Read, wanted: Wanted) -> tuple[Mark, ...]:
    """Of every item with a ruling that counts, oldest ruling first.

    What waits for this reviewer's own blind check is not among them: figures would tell what others decided.
    """
    asked = wanted.within("i.decided_ms").also(f"NOT (i.state = 'second' AND NOT {asking.MINE})")
    found = read(
        f"SELECT {MARK} FROM items i INDEXED BY items_decided WHERE {asked.where} ORDER BY i.decided_ms, i.ref",  # noqa: S608
        asked.values,
    )
    return tuple(map(Mark._make, found))


def whole(read: Read, refs: Sequence[str]) -> Iterator[Decided]:
    """Those of the items that are decided, in their order; each of one moment, with the mark that it had then."""
    for start in range(0, len(refs), CHUNK):
        found = read(WHOLE, {"refs": json.dumps(refs[start : start + CHUNK])})
        for _, of_one in itertools.groupby(found, operator.itemgetter(0)):
            yield _decided([*of_one])


def audits(read: Read, wanted: Wanted) -> tuple[Audits, ...]:
    """How many audits that came since then wait; for figures over all of them, and never of one item."""
    asked = wanted.within("i.at_ms").also("i.state <> 'closed' AND i.audit AND i.decided_ms IS NULL")
    found = read(
        "SELECT i.task, i.retried, i.inclusion, count(*) AS many"  # noqa: S608
        f" FROM items i WHERE {asked.where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        asked.values,
    )
    return tuple(Audits(each["task"], bool(each["retried"]), each["inclusion"], each["many"]) for each in found)


def _decided(found: Sequence[sqlite3.Row]) -> Decided:
    """One item, out of a row as of `WHOLE` for each of its rulings."""
    mark, (event_id, replay, summary, names, inclusion, retried, written) = Mark(*found[0][:5]), found[0][5:12]
    answer, rulings = json.loads(written), tuple(rows.ruling(each[-2]) for each in found)
    return Decided(
        mark=mark,
        key=Key(mark.task, event_id, replay),
        summary=summary,
        rules=tuple(json.loads(names)),
        answer=answer if isinstance(answer, dict) else None,
        inclusion=inclusion,
        retried=bool(retried),
        rulings=rulings,
        ruling=next(ruling for ruling, each in zip(rulings, found, strict=True) if each[-1]),
    )
