"""What to label, where there is not enough data: how many more, of which, and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from processor.core.views import intervals
from processor.measure.statistics import search
from processor.measure.verdict import situations
from processor.measure.verdict.values import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from processor.measure.figures import Share
    from processor.measure.verdict.assumptions import Assumptions
    from processor.measure.verdict.facts import Facts
    from processor.measure.verdict.values import Gate, Situation

MOST = 100_000
"""Nobody labels more than this to settle a share."""

CLOSE = 1e-9
"""Widths of intervals that differ by less are the same."""

SHOWN = 20
"""Ids that are named of cases to begin with."""


def more(found: Share, threshold: float) -> int | None:
    """How many more would tell on which side of a threshold a share is, if it is what it was seen to be.

    Of none seen, as if it were as far from the threshold as it can be: more would be needed if it is not. Where those
    seen depend on each other or count for unlike numbers of events, further ones are taken to tell as little each. 0
    where it is told already, None where not even 100,000 would tell.
    """
    share = found.share if found.share is not None else float(threshold > 1 / 2)
    if situations.above(found, threshold) is not None:
        return 0
    size = _effective(found)

    def settles(n: int) -> bool:
        low, high = intervals.wilson(share * n, n)
        return low >= threshold or high < threshold

    number = search.least(lambda number: settles(size + number), MOST)
    return None if number is None else math.ceil(number * max(found.n, 1) / max(size, 1))


def _effective(found: Share) -> int:
    """How many independent events leave a share as unsure as it is."""
    share, width = found.share, found.high - found.low
    if share is None:
        return 0

    def suffices(n: int) -> bool:
        low, high = intervals.wilson(share * n, n)
        return high - low <= width + CLOSE

    return search.least(suffices, max(found.n, 1)) or found.n


def wanted(found: Facts, assumed: Assumptions, gates: Iterable[Gate], shown: Iterable[Situation]) -> tuple[Wanted, ...]:
    """What would settle all that is open, the first to be asked first."""
    closed = {gate.name for gate in gates if not gate.passed}
    rules, _, tacit = (situation.holds is None for situation in shown)
    return (
        *_failures(found, assumed, rungs="rungs" in closed, tacit=tacit),
        *_adherence(found, assumed, asked=rules),
        *_twice(found, assumed, asked="agreement" in closed or tacit),
        *_labels(found, assumed, asked="labels" in closed),
    )


def _failures(found: Facts, assumed: Assumptions, *, rungs: bool, tacit: bool) -> Iterator[Wanted]:
    """Events whose failures tell what the rungs would still mend, and what nothing mends."""
    asked = []
    if rungs:
        asked.append(more(found.fixable, assumed.value("threshold.fixable_share")))
    if tacit:
        asked.append(more(found.capability, assumed.value("threshold.capability_share")))
    needed = [number for number in asked if number]
    if not needed:
        return
    failures, unseen = max(needed), len(found.evidence.failed) - len(found.evidence.examined)
    rate = found.evidence.of_events(found.evidence.outcomes, frozenset(found.evidence.failed).__contains__).share
    if failures <= unseen:
        yield Wanted(0, "events", f"{failures} more failures have to be examined: {unseen} are there, raise the budget")
        return
    missing = failures - unseen
    events = math.ceil(missing / rate) if rate else failures
    some = f"{missing} more failure{'s' * (missing > 1)}"
    told = f"at today's failure rate that brings {some}" if rate else "no failure was seen yet"
    yield Wanted(
        events,
        "events drawn at random from production",
        f"{told}, which settle whether knowledge and rules would mend them",
    )


def _adherence(found: Facts, assumed: Assumptions, *, asked: bool) -> Iterator[Wanted]:
    count = more(found.last, assumed.value("threshold.adherence")) if asked else None
    if count:
        yield Wanted(count, "events drawn at random from production", "to settle whether the rules are kept")


def _twice(found: Facts, assumed: Assumptions, *, asked: bool) -> Iterator[Wanted]:
    agreed = found.agreed
    threshold = assumed.value("labels.agreement")
    if not asked or situations.above(agreed, threshold) is not None:
        return
    once = tuple(case.id for case in found.evidence.run.cases if case.agreed is None)
    failed = [case for case in found.evidence.failed if case in once]
    first = (*failed, *(case for case in sorted(once) if case not in failed))[:SHOWN]
    count = more(agreed, threshold)
    if count:
        yield Wanted(
            count,
            "of the labelled events a second time, by another person who does not see the first label",
            "to settle whether those who label agree",
            first,
        )


def _labels(found: Facts, assumed: Assumptions, *, asked: bool) -> Iterator[Wanted]:
    missing = math.ceil(assumed.value("labels.needed")) - found.evidence.labels
    if asked and missing > 0:
        yield Wanted(missing, "events like those of production", "a fine-tune needs so many labels")
