"""What a verdict rests on: the measured cases, why they fail, what production does, and how the definition changed."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scipy import stats

from processor.core import comparing
from processor.core.records import Reason
from processor.measure.causes.records import KNOWLEDGE
from processor.measure.ladder import rows
from processor.measure.statistics import repeats
from processor.measure.verdict.account import DAYS_PER_YEAR, Number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from processor.core.task import Task
    from processor.measure.cases import Traffic
    from processor.measure.causes.records import Cause, Causes, Change
    from processor.measure.figures import Share
    from processor.measure.records import Case, Outcome, Run, RungName

THRESHOLD: frozenset[Cause] = frozenset({"lenient", "withheld"})
"""The causes that another threshold mends …"""

FIXABLE: frozenset[Cause] = KNOWLEDGE | THRESHOLD | {"format", "both"}
"""… and all that the rungs mend: knowledge, a stated constraint, or a threshold."""

STABLE_DAYS = 28.0
"""Days that must have been looked at to say how often the definition changes: one that is being made changes often."""


@dataclass(frozen=True, slots=True)
class History:
    """How often the definition changed: `changes` in `days`, and where that was seen."""

    changes: int
    days: float
    source: str


@dataclass(frozen=True)
class Evidence:
    """All that is known; the cases and the outcomes by case are in the order of the cases' ids.

    Attributes:
        run: the measurement.
        cases: those that were measured on `rung`.
        outcomes: by case id, those on `rung`.
        rung: whose failures count: the task as it stands.
        causes: by id of a failed case that was examined, why it failed; failures that are missing were not examined.
        labels: labelled events that there are, measured or not.
        rules: names of the task's own rules.
        class_place: place of the answer's class; empty without.
        traffic: what production does; None where nobody looked.
        history: how often the definition changed; None where nothing tells.
        at: today.
        clusters: by case id, what it is not independent of.
        changes: what to change on the rungs, the most valuable first.
        calibrated: whether the task's thresholds are those of a calibration that counts.
    """

    run: Run
    cases: tuple[Case, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    rung: RungName
    causes: Mapping[str, Cause]
    labels: int
    at: datetime
    rules: tuple[str, ...] = ()
    class_place: str = ""
    traffic: Traffic | None = None
    history: History | None = None
    clusters: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    calibrated: bool = False

    @property
    def fixable(self) -> frozenset[Cause]:
        """The causes that the rungs mend; thresholds that keep a promise at the least cost have no more to give."""
        return FIXABLE - THRESHOLD if self.calibrated else FIXABLE

    @functools.cached_property
    def failed(self) -> tuple[str, ...]:
        """Ids of the cases that failed in one of their repeats."""
        return tuple(case for case, found in self.outcomes.items() if any(outcome.failed for outcome in found))

    @functools.cached_property
    def examined(self) -> tuple[str, ...]:
        """Ids of the failed cases whose cause is known."""
        return tuple(case for case in self.failed if case in self.causes)

    def with_cause(self, causes: Collection[Cause]) -> tuple[str, ...]:
        """Ids of the failed cases with one of these causes."""
        return tuple(case for case in self.examined if self.causes[case] in causes)

    def of_examined(self, causes: Collection[Cause]) -> Share:
        """The share of the examined failures that have one of these causes."""
        return self.share(self.examined, lambda case: self.causes[case] in causes)

    def share(self, cases: Iterable[str], mark: Callable[[str], bool]) -> Share:
        """The share of these cases that have the mark; those of one group count together."""
        chosen = tuple(cases)
        return repeats.share(repeats.grouped(map(mark, chosen), [self.clusters.get(case, "") for case in chosen]))

    def unnoticed(self, case: str) -> bool:
        """Whether a wrong answer was accepted in one of the case's repeats."""
        return any(outcome.silent for outcome in self.outcomes[case])


def gather(
    run: Run,
    causes: Causes | None,
    task: Task,
    *,
    at: datetime,
    traffic: Traffic | None = None,
    history: History | None = None,
    examples: int = 0,
) -> Evidence:
    """Bring together what is known; of the definition's changes the source that looked longer, if it did for a while.

    `examples` are labelled events beside the cases, which can be trained on, too.
    """
    rung = causes.rung if causes else _highest(run)
    outcomes = rows.on(run, rung)
    cases = tuple(sorted((case for case in run.cases if case.id in outcomes), key=lambda case: case.id))
    found = {} if causes is None else {each.case: each.cause for each in causes.findings}
    seen = _versions(traffic)
    return Evidence(
        run,
        cases,
        outcomes,
        rung,
        found,
        max(run.sampling.found - sum(run.sampling.excluded.values()), len(cases)) + examples,
        at,
        tuple(sorted(rule.name for rule in task.rules if rule.severity == "violation")),
        comparing.class_place(task.definition, task.contract),
        traffic,
        _longest(seen, history),
        rows.clusters(cases),
        causes.changes if causes else (),
        task.calibration is not None,
    )


def _highest(run: Run) -> RungName:
    rungs: tuple[RungName, ...] = ("rules", "retrieval", "prompt")
    return next((name for name in rungs if run.on(name)), "rules")


def _versions(traffic: Traffic | None) -> History | None:
    if traffic is None or not traffic.versions:
        return None
    changes = len(traffic.versions) - 1
    return History(changes, traffic.days, f"{len(traffic.versions)} versions in the results of {traffic.days:.0f} days")


def _longest(*histories: History | None) -> History | None:
    known = (each for each in histories if each is not None and each.days >= STABLE_DAYS)
    return max(known, key=lambda each: each.days, default=None)


def unpriced(evidence: Evidence) -> tuple[str, ...]:
    """Names of the models whose price is not known."""
    attempts = (each for found in evidence.outcomes.values() for outcome in found for each in outcome.attempts)
    return tuple(sorted({attempt.model for attempt in attempts if attempt.cost is None}))


def measured(evidence: Evidence) -> dict[str, Number]:
    """The measured numbers of the account, by key; what has no price counts as nothing, see `unpriced`.

    Means have Student's t interval over the cases, shares Wilson's. Where not all failures were examined, the bounds
    of a share of all events are the products of the bounds of its two parts: wider than 95 %.
    """
    capability = evidence.with_cause({"capability"})
    calls = [usage for found in evidence.outcomes.values() for usage in _calls(found)]
    return {
        "measured.first_usd": _mean(evidence, lambda outcome: _usd(outcome, slice(0, 1))),
        "measured.retries_usd": _mean(evidence, lambda outcome: _usd(outcome, slice(1, None))),
        "measured.capability_retries_usd": _mean(
            evidence, lambda outcome: _usd(outcome, slice(1, None)) if outcome.case in capability else 0.0
        ),
        "measured.to_people": of_all(evidence, lambda case: not evidence.unnoticed(case)),
        "measured.unnoticed": of_all(evidence, evidence.unnoticed),
        "measured.input_tokens": interval([float(given) for given, _ in calls]),
        "measured.output_tokens": interval([float(answered) for _, answered in calls]),
        "measured.labels": Number(evidence.labels, evidence.labels, evidence.labels),
    }


def of_all(evidence: Evidence, mark: Callable[[str], bool]) -> Number:
    """The share of all events that are capability failures with the mark.

    At the high end count, too, failures that went right on repetition, which a fine-tune may make steady, and right
    answers that a threshold held back, of which a tuned model may be sure.
    """
    failed, examined = evidence.failed, evidence.examined
    sure = evidence.share(examined, lambda case: evidence.causes[case] == "capability" and mark(case))
    most = evidence.share(examined, lambda case: _may_mend(evidence, case) and mark(case))
    if len(examined) == len(failed):
        every = tuple(evidence.outcomes)
        sure = evidence.share(every, lambda case: evidence.causes.get(case) == "capability" and mark(case))
        most = evidence.share(every, lambda case: _may_mend(evidence, case) and mark(case))
        return Number(sure.share or 0.0, sure.low, most.high)
    failures = evidence.share(evidence.outcomes, lambda case: case in failed)
    value = (failures.share or 0.0) * (sure.share or 0.0)
    return Number(value, failures.low * sure.low if examined else 0.0, failures.high * most.high)


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


def usd_by_case(evidence: Evidence) -> list[float]:
    """US dollars for all attempts at an event, by case."""
    every = slice(None)
    return [math.fsum(_usd(outcome, every) for outcome in found) / len(found) for found in evidence.outcomes.values()]


def _mean(evidence: Evidence, value: Callable[[Outcome], float]) -> Number:
    return interval([math.fsum(map(value, found)) / len(found) for found in evidence.outcomes.values()])


def interval(values: list[float]) -> Number:
    """The mean and Student's t interval, not below 0; of a single value its double is the upper end."""
    n = len(values)
    if n == 0:
        return Number(0.0, 0.0, 0.0)
    mean = math.fsum(values) / n
    if n == 1:
        return Number(mean, 0.0, 2 * mean)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)
    half = float(stats.t.ppf(0.975, n - 1)) * spread
    return Number(mean, max(0.0, mean - half), mean + half)


def _usd(outcome: Outcome, which: slice) -> float:
    return math.fsum(float(attempt.cost or 0) for attempt in outcome.attempts[which])


def _calls(found: Iterable[Outcome]) -> list[tuple[int, int]]:
    """Tokens in and out of each model call; a vote is none."""
    usages = (attempt.usage for outcome in found for attempt in outcome.attempts)
    return [(usage.input_tokens, usage.output_tokens) for usage in usages if usage.total]
