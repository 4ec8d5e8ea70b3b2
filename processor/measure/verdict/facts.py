"""What follows from the evidence whatever is assumed, computed once: an answer is asked for hundreds of times."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.measure.ladder import rows
from processor.measure.statistics import drift
from processor.measure.verdict import adherence, kappa, rates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.measure.figures import Estimate, Share
    from processor.measure.statistics.drift import Drift
    from processor.measure.verdict.account import Number
    from processor.measure.verdict.evidence import Evidence


@dataclass(frozen=True)
class Facts:
    """The evidence, and what it says."""

    evidence: Evidence

    @functools.cached_property
    def measured(self) -> Mapping[str, Number]:
        """The measured numbers of the account."""
        return rates.measured(self.evidence)

    @functools.cached_property
    def unpriced(self) -> tuple[str, ...]:
        """Models whose price is not known."""
        return rates.unpriced(self.evidence)

    @functools.cached_property
    def usd_by_group(self) -> tuple[tuple[float, float], ...]:
        """By group of cases, how many events they stand for, and US dollars for all of these."""
        return rates.usd_by_group(self.evidence)

    @functools.cached_property
    def fixable(self) -> Share:
        """Of the examined failures, those that the rungs would mend."""
        return self.evidence.of_examined(self.evidence.fixable)

    @functools.cached_property
    def capability(self) -> Share:
        """Of the examined failures, those that nothing on the rungs mends."""
        return self.evidence.of_examined({"capability"})

    @functools.cached_property
    def mended(self) -> tuple[str, ...]:
        """Ids of the failed cases that the rungs would mend."""
        return self.evidence.with_cause(self.evidence.fixable)

    @functools.cached_property
    def mended_by(self) -> tuple[tuple[str, int], ...]:
        """How many of them have which cause, the most frequent first."""
        counts = Counter(self.evidence.causes[case] for case in self.mended)
        return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    @functools.cached_property
    def unmended(self) -> tuple[str, ...]:
        """Ids of the failed cases that nothing on the rungs mends."""
        return self.evidence.with_cause({"capability"})

    @functools.cached_property
    def agreed(self) -> Share:
        """Of the cases with several labels, those on which all agree."""
        several = {case.id: case.agreed for case in self.evidence.run.cases if case.agreed is not None}
        return self.evidence.share(sorted(several), lambda case: bool(several[case]))

    @functools.cached_property
    def disputed(self) -> tuple[str, ...]:
        """Ids of the cases on which they do not."""
        return tuple(sorted(case.id for case in self.evidence.run.cases if case.agreed is False))

    @functools.cached_property
    def kappa(self) -> tuple[Estimate, int] | None:
        """Cohen's kappa of two reviewers, and over how many cases; None where no two are known by name."""
        return kappa.of(self.evidence.run.cases, self.evidence.class_place)

    @functools.cached_property
    def first(self) -> Share:
        """First answers of a model that keep contract and rules."""
        return adherence.first(self.evidence)

    @functools.cached_property
    def last(self) -> Share:
        """Last answers of the same cases that do."""
        return adherence.last(self.evidence)

    @functools.cached_property
    def curve(self) -> tuple[tuple[int, Estimate], ...]:
        """First answers that keep so many rules, by number."""
        return adherence.curve(self.evidence)

    @functools.cached_property
    def trend(self) -> tuple[Estimate, Estimate]:
        """Slope of adherence over the number of rules, and what it predicts for twice as many."""
        return adherence.trend(self.evidence)

    @functools.cached_property
    def broken(self) -> tuple[str, ...]:
        """Ids of the cases whose last answer breaks a rule."""
        return adherence.broken(self.evidence)

    @functools.cached_property
    def drift(self) -> tuple[Drift, str] | None:
        """How the labels of the newer half differ from the older half's, and of what; None without two halves."""
        halves = _by_day(self.evidence) or _by_case(self.evidence)
        return (drift.labels(halves[0], halves[1]), halves[2]) if halves else None


_Halves = tuple[Counter[str], Counter[str], str]


def _by_day(found: Evidence) -> _Halves | None:
    """The production's answers, in two halves of their time."""
    counts = found.traffic.labels if found.traffic else {}
    days = sorted(counts)
    if not days or days[0] == days[-1]:
        return None
    middle = days[0] + (days[-1] - days[0]) / 2
    older, newer = (_sum(counts[day] for day in days if (day > middle) is late) for late in (False, True))
    return older, newer, f"results of {days[0]} to {days[-1]}"


def _by_case(found: Evidence) -> _Halves | None:
    """The labelled cases, likewise."""
    timed = sorted(
        (case.event.created_at, case.id, label)
        for case in found.run.cases
        if case.event.created_at and (label := rows.class_of(case.expected, found.class_place)) is not None
    )
    if not timed or timed[0][0] == timed[-1][0]:
        return None
    middle = timed[0][0] + (timed[-1][0] - timed[0][0]) / 2
    older, newer = (Counter(label for at, _, label in timed if (at > middle) is late) for late in (False, True))
    return older, newer, f"cases of {timed[0][0].date()} to {timed[-1][0].date()}"


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total
