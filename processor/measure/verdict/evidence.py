"""What a verdict rests on: the measured cases, why they fail, what production does, and how the definition changed."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from processor.core import comparing
from processor.measure.causes.records import KNOWLEDGE
from processor.measure.figures import Share
from processor.measure.ladder import rows
from processor.measure.statistics import audit, repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from processor.core.task import Task
    from processor.measure.cases import Traffic
    from processor.measure.causes.records import Cause, Causes, Change
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
    def chances(self) -> Mapping[str, float]:
        """By case, the chance with which it came to be labelled."""
        return {case.id: case.chance for case in self.cases}

    @functools.cached_property
    def examined(self) -> tuple[str, ...]:
        """Ids of the failed cases whose cause is known."""
        return tuple(case for case in self.failed if case in self.causes)

    def with_cause(self, causes: Collection[Cause]) -> tuple[str, ...]:
        """Ids of the failed cases with one of these causes."""
        return tuple(case for case in self.examined if self.causes[case] in causes)

    def of_examined(self, causes: Collection[Cause]) -> Share:
        """The share of the examined failures, as they are among the events, that have one of these causes."""
        return self.of_events(self.examined, lambda case: self.causes[case] in causes)

    def share(self, cases: Iterable[str], mark: Callable[[str], bool]) -> Share:
        """The share of these cases that have the mark; those of one group count together."""
        chosen = tuple(cases)
        return repeats.share(repeats.grouped(map(mark, chosen), self.groups(chosen)))

    def of_events(self, cases: Iterable[str], mark: Callable[[str], bool]) -> Share:
        """The share, among the events that these cases were drawn from, that have the mark: weighted by the chances."""
        chosen = tuple(cases)
        chances = [self.chances[case] for case in chosen]
        if len(set(chances)) <= 1:
            return self.share(chosen, mark)
        marks = [mark(case) for case in chosen]
        found = audit.hajek(marks, chances, self.groups(chosen))
        assert found.low is not None
        assert found.high is not None
        return Share(sum(marks), len(marks), found.low, found.high, found.value)

    def groups(self, cases: Iterable[str]) -> list[str]:
        """Of each of these cases what it is not independent of: at the least itself."""
        return [self.clusters.get(case, case) for case in cases]

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
