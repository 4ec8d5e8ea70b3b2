"""Which results and review items the summary shows; every text that comes out of here is safe to print."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core.views import display, outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.views.outcomes import Outcome
    from processor.demo.report import Report

TEXT, WHERE, ANSWER, DETAIL = 110, 80, 300, 200
"""Characters that are shown of an event's text, a passage's place, an answer, and a reason."""

PASSAGES, VIOLATIONS = 4, 3
"""How many of them are shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An outcome as it is shown: the event in a line, what became of it, and what there is to say of that.

    `details` are pairs of a short name and a text.
    """

    event: str
    became: str
    details: tuple[tuple[str, str], ...]


def event(report: Report, identity: str) -> str:
    """An event in one line: its id, or its place in the tasks topic, and its text."""
    return f"{display.short(identity, TEXT)}  {display.short(report.samples[identity].text, TEXT)}".rstrip()


def results(report: Report, count: int) -> list[Shown]:
    """Results of as many tasks as there are; of a task those that used the most kinds of passages, spread evenly."""
    by_task = [_telling(books.results, report, count) for books in report.parts.values()]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*by_task))
    return [_result(report, identity) for identity in list(filter(None, turns))[:count]]


def _telling(found: Mapping[str, Outcome], report: Report, count: int) -> list[str]:
    kinds = {identity: _kinds(outcome) for identity, outcome in _in_order(report, found)}
    most = max(kinds.values(), default=0)
    chosen = _spread([identity for identity, number in kinds.items() if number == most > 0], count)
    others = [identity for identity, number in kinds.items() if 0 < number < most]
    return [*chosen, *_spread(others, count - len(chosen))]


def review(report: Report, count: int) -> list[Shown]:
    """Review items, of as many different reasons as there are."""
    by_reason: dict[str, list[str]] = {}
    for identity, found in _in_order(report, report.books.review):
        by_reason.setdefault(str(found.record.get("reason")), []).append(identity)
    first = [identities[0] for identities in by_reason.values()]
    others = [identity for identities in by_reason.values() for identity in identities[1:]]
    return [_review(report, identity) for identity in [*first, *others][:count]]


def attempts(report: Report, identity: str) -> dict[int, list[str]]:
    """By its number, what each attempt at an event answered, and what stood against that."""
    found = report.books.results.get(identity) or report.books.review.get(identity)
    given = found.record.get("attempts") if found else None
    return {
        int(each["number"]): [
            display.short(str(each.get("answer")), ANSWER),
            *(display.short(f"{item.get('path')}: {item.get('message')}", DETAIL) for item in each["violations"]),
        ]
        for each in given or ()
    }


def _in_order(report: Report, found: Mapping[str, Outcome]) -> list[tuple[str, Outcome]]:
    return sorted(found.items(), key=lambda pair: report.samples[pair[0]].record.line)


def _kinds(found: Outcome) -> int:
    return len({passage.get("kind") for passage in found.record.get("passages") or ()})


def _spread(items: Sequence[str], count: int) -> list[str]:
    if len(items) <= count:
        return list(items)
    return [items[number * len(items) // count] for number in range(count)]


def _result(report: Report, identity: str) -> Shown:
    record = report.books.results[identity].record
    labels = report.plan.labels
    answer = {
        name: labels.get(value, value) if isinstance(value, str) else value for name, value in record["answer"].items()
    }
    passages: list[Mapping[str, Any]] = record["passages"]
    details = [(str(each.get("kind")), _passage(each)) for each in passages[:PASSAGES]]
    if len(passages) > PASSAGES:
        details.append(("", f"… and {len(passages) - PASSAGES} more"))
    return Shown(event(report, identity), display.short(outcomes.json_text(answer), ANSWER), tuple(details))


def _passage(passage: Mapping[str, Any]) -> str:
    title = passage.get("title")
    where = f"{passage.get('source')} · {title}" if title else str(passage.get("id"))
    return f"{float(passage.get('score') or 0):.3f}  {display.short(where, WHERE)}"


def _review(report: Report, identity: str) -> Shown:
    record = report.books.review[identity].record
    violations = [
        (display.short(str(each.get("rule")), WHERE), display.short(str(each.get("message")), DETAIL))
        for each in record.get("violations") or ()
    ]
    became = f"{record.get('reason')}: {record.get('detail')}"
    return Shown(event(report, identity), display.short(became, DETAIL), tuple(violations[:VIOLATIONS]))
