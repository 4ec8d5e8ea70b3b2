"""The knowledge that a failed case may have lacked: what its label names, else what tells of the label's values. Pure.

In this order: passages that the label names; rows with the expected value, at places that [narrow] takes from a column;
facts that name an expected value; the nearest labelled example with the expected answer; and where there is none of all
these, what the schema and the prompt say of the value. Never the label itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.contracts import place
from processor.core.lookup import query, visibility
from processor.measure.causes import definitions, held, values
from processor.measure.running import apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.records import Event, Passage
    from processor.core.task import Task
    from processor.measure.causes.held import Held
    from processor.measure.causes.records import Origin
    from processor.measure.records import Case, Outcome

PIECES = 3
"""Pieces of a document that the label names as a whole, at the most."""

ROWS = 3
"""Rows with one expected value that are put in at the most."""

FACTS = 2
"""Facts that name one expected value, likewise."""

MOST = 12
"""Passages in all: more would crowd out what the case was shown before."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """What to put in, the most telling first, and where it comes from; nothing where nothing was found.

    `undefined` are expected values, or passages that the label names, that stand nowhere.
    """

    passages: tuple[Passage, ...] = ()
    origin: Origin | None = None
    undefined: tuple[str, ...] = ()


def find(task: Task, case: Case, outcome: Outcome, known: Held) -> Oracle:
    """The knowledge for a case that failed.

    Args:
        task: as it stands, without any rung taken off.
        case: its label is only read to find passages.
        outcome: how it failed: what it had right needs no knowledge.
        known: all that could be put in.
    """
    seen = visibility.permitted(task.definition.visibility, case.event, known.passages)
    wanted = values.expected(case.expected, outcome.offered, outcome.offered_score)
    text = _text(task, case.event)
    named, missing = _named(case, wanted, seen, known, text)
    if named and not missing:
        return Oracle(_of_tables(task, named), "named")
    rows = tuple(_rows(task, wanted, seen, known, text))
    covered = {cell for row in rows for cell in row.columns.values()}
    facts = tuple(_facts(wanted, seen, known, text, covered))
    example = tuple(_example(case.event, wanted, seen, known, text))
    found = (*named, *rows, *facts, *example)
    once = tuple({passage.id: passage for passage in found}.values())[:MOST]
    undefined = (*missing, *definitions.undefined(task, case, wanted, known.passages))
    if once:
        kinds: tuple[tuple[Origin, tuple[Passage, ...]], ...] = (("named", named), ("rows", rows), ("facts", facts))
        origin: Origin = next((kind for kind, passages in kinds if passages), "examples")
        return Oracle(_of_tables(task, once), origin, undefined)
    defined = definitions.passage(task, wanted)
    return Oracle(_of_tables(task, (defined,)), "definition", undefined) if defined else Oracle(undefined=undefined)


def _named(
    case: Case, wanted: Mapping[str, tuple[Any, ...]], seen: tuple[Passage, ...], known: Held, text: str
) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
    """The passages that the label names, and the names of those that are nowhere, or hidden from the event.

    Of a whole document they are the pieces that name an expected value, else those nearest to the event.
    """
    found: list[Passage] = []
    missing: list[str] = []
    looked_for = [value for each in wanted.values() for value in values.texts(each)]
    for name in case.gold:
        there = apart.without(case.event, (each for each in seen if name in (each.id, each.source)))
        if name not in {each.id for each in there} and len(there) > 1:
            telling = [each for each in there if any(values.stands(value, _told(each)) for value in looked_for)]
            there = tuple(known.nearest(text, telling or there)[:PIECES])
        if not there and name in known.outside:
            there = (known.outside[name],)
        found.extend(there)
        if not there:
            missing.append(name)
    return tuple(found), tuple(missing)


def _rows(
    task: Task, wanted: Mapping[str, tuple[Any, ...]], seen: tuple[Passage, ...], known: Held, text: str
) -> Iterator[Passage]:
    for path, narrowing in task.definition.narrow.items():
        for value in wanted.get(path, ()) if narrowing.column else ():
            fitting = (passage for passage in seen if passage.columns.get(narrowing.column or "", "").strip() == value)
            for passage in known.nearest(text, fitting)[:ROWS]:
                yield held.under(passage, narrowing.retrieval)


def _facts(
    wanted: Mapping[str, tuple[Any, ...]], seen: tuple[Passage, ...], known: Held, text: str, covered: set[str]
) -> Iterator[Passage]:
    facts = [passage for passage in seen if passage.kind == "fact"]
    for value in dict.fromkeys(value for found in wanted.values() for value in values.texts(found)):
        if value in covered:
            continue
        naming = [passage for passage in facts if values.stands(value, _told(passage))]
        # A heading that names the value begins what is said of it.
        titled = [passage for passage in naming if values.stands(value, passage.title)]
        yield from known.nearest(text, titled or naming)[:FACTS]


def _told(passage: Passage) -> str:
    return "\n".join((passage.title, passage.text, *passage.columns.values()))


def _example(
    event: Event, wanted: Mapping[str, tuple[Any, ...]], seen: tuple[Passage, ...], known: Held, text: str
) -> Iterator[Passage]:
    """The nearest labelled example whose answer is as expected at every wrong place that is a single field.

    Never the case itself, which would hand over its own label.
    """
    single = {path: found[0] for path, found in wanted.items() if place.EACH not in path and len(found) == 1}
    labelled = [passage for passage in seen if passage.kind == "example" and passage.answer]
    for asked in ([single] if single else []) + [{path: value} for path, value in single.items()]:
        fitting = apart.without(event, (passage for passage in labelled if _answers(passage, asked)))
        if fitting:
            yield known.nearest(text, fitting)[0]
            return


def _answers(passage: Passage, asked: Mapping[str, Any]) -> bool:
    answer = json.loads(passage.answer or "{}")
    return all(value in list(place.values(answer, place.parse(path))) for path, value in asked.items())


def _of_tables(task: Task, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """What no table would find is given to the first of its kind: else no prompt has room for it."""
    first = {table.kind: table.name for table in reversed(task.definition.retrieval)}
    return tuple(each if each.retrieval else held.under(each, first.get(each.kind, each.kind)) for each in passages)


def _text(task: Task, event: Event) -> str:
    """What the knowledge is searched by for an event; its whole input where no query can be made of it."""
    whole = json.dumps(event.input, ensure_ascii=False)
    try:
        return query.text(task.queries[0], event.input, event) if task.queries else whole
    except errors.Refused:
        return whole
