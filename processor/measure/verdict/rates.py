"""The measured numbers of the account: of all events, as far as the cases tell of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy import stats

from processor.core.records import Reason
from processor.measure.verdict.account import DAYS_PER_YEAR, Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from processor.measure.records import Outcome
    from processor.measure.verdict.evidence import Evidence


def unpriced(evidence: Evidence) -> tuple[str, ...]:
    """Names of the models whose price is not known."""
    attempts = (each for found in evidence.outcomes.values() for outcome in found for each in outcome.attempts)
    return tuple(sorted({attempt.model for attempt in attempts if attempt.cost is None}))


def measured(evidence: Evidence) -> dict[str, Number]:
    """The measured numbers of the account, by key; what has no price counts as nothing, see `unpriced`.

    Means have Student's t interval over the cases, shares Wilson's, both with the cases of one group together; where
    cases came to be labelled with different chances, both are weighted by them (Hájek 1971), so that they are of the
    events. Tokens are means over the calls, of which those of a case belong together. Where not all failures were
    examined, the bounds of a share of all events are the products of the bounds of its two parts: wider than 95 %.
    """
    capability = evidence.with_cause({"capability"})
    to_people = of_all(evidence, lambda case: not evidence.unnoticed(case))
    calls = [(case, *usage) for case, found in evidence.outcomes.items() for usage in _calls(found)]
    asked = [case for case, _, _ in calls]
    return {
        "measured.first_usd": _mean(evidence, lambda outcome: _usd(outcome, slice(0, 1))),
        "measured.retries_usd": _mean(evidence, lambda outcome: _usd(outcome, slice(1, None))),
        "measured.capability_retries_usd": _mean(
            evidence, lambda outcome: _usd(outcome, slice(1, None)) if outcome.case in capability else 0.0
        ),
        "measured.to_people": _among_all(evidence, to_people, unknown=False),
        "measured.unnoticed": _among_all(evidence, of_all(evidence, evidence.unnoticed), unknown=True),
        "measured.input_tokens": mean(evidence, asked, [float(given) for _, given, _ in calls]),
        "measured.output_tokens": mean(evidence, asked, [float(answered) for *_, answered in calls]),
        "measured.labels": Number(evidence.labels, evidence.labels, evidence.labels),
    }


def of_all(evidence: Evidence, mark: Callable[[str], bool]) -> Number:
    """The share of all events that are capability failures with the mark.

    At the high end count, too, failures that went right on repetition, which a fine-tune may make steady, and right
    answers that a threshold held back, of which a tuned model may be sure.
    """
    failed, examined = evidence.failed, evidence.examined
    if len(examined) == len(failed):
        sure = _of_events(evidence, lambda case: evidence.causes.get(case) == "capability" and mark(case))
        most = _of_events(evidence, lambda case: _may_mend(evidence, case) and mark(case))
        return Number(sure.value, sure.low, most.high)
    sure_of = evidence.of_events(examined, lambda case: evidence.causes[case] == "capability" and mark(case))
    most_of = evidence.of_events(examined, lambda case: _may_mend(evidence, case) and mark(case))
    failures = _of_events(evidence, lambda case: case in failed)
    value = failures.value * (sure_of.share or 0.0)
    return Number(value, failures.low * sure_of.low if examined else 0.0, failures.high * most_of.high)


def _of_events(evidence: Evidence, mark: Callable[[str], bool]) -> Number:
    share = evidence.of_events(evidence.outcomes, mark)
    return Number(share.share or 0.0, share.low, share.high)


def _among_all(evidence: Evidence, share: Number, *, unknown: bool) -> Number:
    """A share of the cases as one of all events, where nothing decided stands for some of these.

    Where the cases are only what went to people, what was accepted may be wrong as often as you like: that is
    `unknown`, and in the upper end. So are events of a kind of which none is decided, whatever the share is of.
    """
    production = evidence.run.sampling.production
    if production is None or not (production.unseen or production.missed):
        return share
    rest = (production.results if production.unseen else min(production.missed, production.events)) / production.events
    value, low, high = ((1 - rest) * end for end in share)
    return Number(value, low, high + rest if unknown or not production.unseen else high)


def _may_mend(evidence: Evidence, case: str) -> bool:
    """Whether a perfect fine-tune may mend a case; what a rule sends to people goes there whatever the model is."""
    by_rule = any(outcome.reason is Reason.RULE for outcome in evidence.outcomes[case])
    cause = evidence.causes.get(case)
    return cause in {"capability", "varies"} or (cause == "withheld" and not by_rule)


def a_year(changes: int, days: float) -> Number:
    """Changes a year, with the exact Poisson interval (Garwood 1936) of what was seen in `days`."""
    low = float(stats.chi2.ppf(0.025, 2 * changes)) / 2 if changes else 0.0
    high = float(stats.chi2.ppf(0.975, 2 * changes + 2)) / 2
    year = DAYS_PER_YEAR / days
    return Number(changes * year, low * year, high * year)


def usd_by_group(evidence: Evidence) -> tuple[tuple[float, float], ...]:
    """By group of cases that depend on each other, the events they stand for, and US dollars for all their attempts."""
    groups: dict[str, tuple[float, float]] = {}
    spent = _by_case(evidence, lambda outcome: _usd(outcome, slice(None)))
    for case, group, usd in zip(evidence.outcomes, evidence.groups(evidence.outcomes), spent, strict=True):
        weight, (events, total) = 1 / evidence.chances[case], groups.get(group, (0.0, 0.0))
        groups[group] = events + weight, total + weight * usd
    return tuple(groups.values())


def _mean(evidence: Evidence, value: Callable[[Outcome], float]) -> Number:
    return mean(evidence, list(evidence.outcomes), _by_case(evidence, value))


def _by_case(evidence: Evidence, value: Callable[[Outcome], float]) -> list[float]:
    """The mean over a case's repeats."""
    return [math.fsum(map(value, found)) / len(found) for found in evidence.outcomes.values()]


def mean(evidence: Evidence, cases: Sequence[str], values: Sequence[float]) -> Number:
    """The mean over the events that the values' cases stand for, and Student's t interval, not below 0.

    The groups of cases are the sample, with the sums of their weighted distances from the mean; of one group twice the
    mean is the upper end.

    Args:
        evidence: knows the cases' chances and groups.
        cases: of each value; one may have several.
        values: at least 0 each.
    """
    if not values:
        return Number(0.0, 0.0, 0.0)
    weights = [1 / evidence.chances[case] for case in cases]
    total = math.fsum(weights)
    found = math.fsum(weight * value for weight, value in zip(weights, values, strict=True)) / total
    errors: dict[str, float] = {}
    for group, weight, value in zip(evidence.groups(cases), weights, values, strict=True):
        errors[group] = errors.get(group, 0.0) + weight * (value - found)
    n = len(errors)
    if n == 1:
        return Number(found, 0.0, 2 * found)
    squares = math.fsum(error**2 for error in errors.values())
    half = float(stats.t.ppf(0.975, n - 1)) * math.sqrt(squares * n / (n - 1)) / total
    return Number(found, max(0.0, found - half), found + half)


def _usd(outcome: Outcome, which: slice) -> float:
    return math.fsum(float(attempt.cost or 0) for attempt in outcome.attempts[which])


def _calls(found: Iterable[Outcome]) -> list[tuple[int, int]]:
    """Tokens in and out of each model call; a vote is none."""
    usages = (attempt.usage for outcome in found for attempt in outcome.attempts)
    return [(usage.input_tokens, usage.output_tokens) for usage in usages if usage.total]
