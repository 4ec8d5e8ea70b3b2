"""Rule adherence: how many answers keep the contract and the rules, and how that falls as rules are added."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from processor.measure.figures import Estimate
from processor.measure.statistics import trend as trends

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.core.records import Attempt, Violation
    from processor.measure.figures import Share
    from processor.measure.records import Outcome
    from processor.measure.verdict.evidence import Evidence

THRESHOLDS = frozenset({"confidence", "agreement"})
"""What a threshold objects to is no rule that an answer could keep."""

CONTRACT = "the contract"
"""What all checks of the contract together are called: they are one demand on the answer."""


def first(found: Evidence) -> Share:
    """Of the cases whose model gave an answer, those whose first one kept all."""
    broke = _first(found)
    return found.of_events(broke, lambda case: not broke[case])


def last(found: Evidence) -> Share:
    """Of the same cases, those whose last answer kept all."""
    broke = {case: _last(found, case) for case in _first(found)}
    return found.of_events(broke, lambda case: not broke[case])


def broken(found: Evidence) -> tuple[str, ...]:
    """Ids of the cases whose last answer broke a rule."""
    return tuple(case for case in _first(found) if _last(found, case))


def curve(found: Evidence) -> tuple[tuple[int, Estimate], ...]:
    """By number of rules, the share of first answers that keep so many of them.

    The mean over all choices of that many rules, so that their order does not matter: an answer that breaks b of K
    keeps n chosen ones with probability C(K - b, n) / C(K, n), the rarefaction of S. H. Hurlbert, The nonconcept of
    species diversity, Ecology 52 (1971), 577-586. The interval is Student's t over the cases.
    """
    from processor.measure.verdict import rates

    broke = _first(found)
    total = len(found.rules) + 1
    points = []
    for number in range(1, total + 1):
        kept = [_keeps(min(len(names), total), total, number) for names in broke.values()]
        if not kept:
            return ()
        value, low, high = rates.mean(found, list(broke), kept)
        points.append((number, Estimate(value, low, min(1.0, high))))
    return tuple(points)


def trend(found: Evidence) -> tuple[Estimate, Estimate]:
    """The slope of adherence over the number of rules, and the adherence that it predicts for twice as many.

    The rules are added in the order of their names. Each case is one cluster, or each group of cases; the chances with
    which they came to be labelled do not count here.
    """
    broke = _first(found)
    names = (CONTRACT, *found.rules)
    rows = [(number, not ({*names[:number]} & each)) for each in broke.values() for number in range(1, len(names) + 1)]
    fitted = trends.adherence(rows, [group for group in found.groups(broke) for _ in names])
    return fitted.slope, fitted.at(2 * len(names))


def _keeps(broken: int, total: int, number: int) -> float:
    return math.comb(total - broken, number) / math.comb(total, number)


def _first(found: Evidence) -> dict[str, frozenset[str]]:
    """By case, what the first answer of a model broke; in the first repeat in which a model was asked."""
    asked = {case: next(filter(None, map(_answered, outcomes)), None) for case, outcomes in found.outcomes.items()}
    return {case: _names(found, given[0].violations) for case, given in asked.items() if given}


def _answered(outcome: Outcome) -> list[Attempt]:
    return [attempt for attempt in outcome.attempts if attempt.usage.total]


def _last(found: Evidence, case: str) -> frozenset[str]:
    outcome = next(outcome for outcome in found.outcomes[case] if _answered(outcome))
    return frozenset() if outcome.accepted else _names(found, outcome.violations)


def _names(found: Evidence, violations: Iterable[Violation]) -> frozenset[str]:
    names = {violation.rule for violation in violations} - THRESHOLDS
    return frozenset(name if name in found.rules else CONTRACT for name in names)
