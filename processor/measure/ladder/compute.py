"""All figures of a run."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from processor.core import comparing
from processor.measure.figures import Ladder, Plan
from processor.measure.ladder import notes, people, rows, rung, steps, weighted
from processor.measure.records import LADDER
from processor.measure.statistics import intervals, power

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.task import Task
    from processor.measure.figures import Step
    from processor.measure.ladder.rows import Rows
    from processor.measure.ladder.steps import Trials
    from processor.measure.records import Run, RungName

DIFFERENCES = (0.01, 0.02, 0.05, 0.10)
"""Of failure trials, that the plan is for."""

UNKNOWN = 0.2
"""The share of cases that come out differently which the plan assumes where nothing was compared."""


def ladder(run: Run, task: Task, *, reviewer_error: float = 0.0) -> Ladder:
    """The figures of every rung that was measured, of `people`, and of the steps between them.

    Args:
        run: in any order of its cases and outcomes.
        task: what was measured; says which place of the answer is its class.
        reviewer_error: the share of what reviewers decide that is taken to be wrong, from 0 to 1.
    """
    return of(run, comparing.class_place(task.definition, task.contract), reviewer_error)


def of(run: Run, class_place: str = "", reviewer_error: float = 0.0) -> Ladder:
    """The same by the place of the class; empty: no figures by class."""
    found: dict[RungName, Rows] = {name: rows.on(run, name) for name in ("vote", *LADDER) if run.on(name)}
    cases, clusters = {case.id: case for case in run.cases}, rows.clusters(run.cases)
    figures = {name: rung.figures(name, each, cases, class_place) for name, each in found.items()}
    trials = {name: rung.trials(each) for name, each in found.items()}
    if "rules" in found:
        figures["people"] = people.figures(figures["rules"], found["rules"], clusters, reviewer_error)
        trials["people"] = people.trials(found["rules"], reviewer_error)
    compared = steps.corrected(_steps(trials, clusters))
    return Ladder(
        run=run,
        rungs=tuple(figures.values()),
        steps=compared,
        plan=plan(compared, trials),
        correction=steps.correction(compared),
        reviewer_error=reviewer_error,
        class_place=class_place,
        notes=notes.of(run, reviewer_error if "rules" in found else None),
        weighted=weighted.of(run, "rules", found["rules"]) if "rules" in found else None,
    )


def plan(compared: Sequence[Step], trials: Mapping[RungName, Trials]) -> tuple[Plan, ...]:
    """How many cases would settle differences of 1, 2, 5 and 10 points.

    It takes as many cases to come out differently as did between the last two rungs that were measured: that is the
    nearest to what a next change of the task will do. Where not one did, as many as may have by Wilson's interval;
    where nothing was compared, a fifth.
    """
    measured = [name for name in LADDER if name in trials and name != "people"]
    last = next((each for each in compared if [each.before, each.after] == measured[-2:]), None)
    if last is None:
        return planned(UNKNOWN)
    flips = intervals.share(len(last.fixed) + len(last.broken), len(trials[measured[-1]]))
    return planned(flips.share or flips.high)


@functools.cache
def planned(discordant: float) -> tuple[Plan, ...]:
    """The same for a share of cases that come out differently; it is at least the difference itself."""
    shares = {difference: max(discordant, difference) for difference in DIFFERENCES}
    return tuple(Plan(each, share, power.cases_needed(each, share)) for each, share in shares.items())


def _steps(trials: Mapping[RungName, Trials], clusters: Mapping[str, str]) -> list[Step]:
    climbed = [name for name in LADDER if name in trials]
    pairs = list(itertools.pairwise(climbed))
    if "vote" in trials:
        pairs += [("vote", name) for name in climbed if name != "people"]
    found = []
    for before, after in pairs:
        each = steps.step((before, after), trials[before], trials[after], clusters)
        found.append(people.unpriced(each) if after == "people" else each)
    return found
