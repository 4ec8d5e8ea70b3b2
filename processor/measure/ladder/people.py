"""The rung `people`: the task as it stands, and reviewers for what it sends to them. It is computed, not measured."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from processor.measure.figures import Estimate, RungFigures
from processor.measure.ladder import rung
from processor.measure.ladder.steps import Tried

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.measure.figures import Step
    from processor.measure.ladder.rows import Rows
    from processor.measure.ladder.steps import Trials
    from processor.measure.records import Case

UNPRICED = Estimate(None, None, None, "reviewers' time has no price here: `untuned verdict` has one")


def figures(rules: RungFigures, found: Rows, clusters: Mapping[str, str], error: float) -> RungFigures:
    """What people make of the figures of `rules`, when they decide the share `error` of their cases wrong.

    What fails are the wrong answers that were accepted, which nobody looks at, and `error` of those that people see,
    rounded up to whole ones. All cases are settled, so that silent errors are those of all. With an error of 0 the
    figures are a bound: what is reached where every reviewer is right.

    Args:
        rules: the figures of the task as it stands.
        found: its outcomes by case.
        clusters: by case id, what it is dependent with.
        error: from 0 to 1.
    """
    every = [outcome for outcomes in found.values() for outcome in outcomes]
    erred = _erred(found, error)
    wrong = rung.share(every, clusters, lambda each: each.silent or (each.case, each.repeat) in erred)
    return dataclasses.replace(rules, rung="people", failures=wrong, silent=wrong, fields={}, classes={}, usd=None)


def trials(found: Rows, error: float) -> Trials:
    """By case of `rules`, whether it is wrong after review; it costs reviewers' time, which has no price here."""
    erred = _erred(found, error)
    return {
        case: Tried(tuple(each.silent or (case, each.repeat) in erred for each in outcomes))
        for case, outcomes in found.items()
    }


def _erred(found: Rows, error: float) -> set[tuple[str, int]]:
    """The cases, each with its repeat, that reviewers decide wrong: spread evenly over those that they see."""
    seen = [(each.case, each.repeat) for outcomes in found.values() for each in outcomes if not each.accepted]
    count = math.ceil(error * len(seen) - 1e-9)
    return {seen[number * len(seen) // count] for number in range(count)}


def unpriced(step: Step) -> Step:
    """The step to people, without a price for what they fix."""
    return dataclasses.replace(step, usd_per_fix=UNPRICED)


def reviewer_error(cases: Iterable[Case]) -> tuple[int, int, float | None]:
    """What disagreement says about reviewers: cases with several labels, how many disagree, and the error it implies.

    Two that err independently at rate e, never with the same wrong answer, disagree on 2e(1 - e) of what both see; more
    than half of disagreement implies no rate (None), and none labelled twice neither.
    """
    several = [case.agreed for case in cases if case.agreed is not None]
    disagreed = several.count(False)
    if not several or 2 * disagreed > len(several):
        return len(several), disagreed, None
    return len(several), disagreed, (1 - math.sqrt(1 - 2 * disagreed / len(several))) / 2
