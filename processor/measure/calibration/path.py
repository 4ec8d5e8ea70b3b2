"""Which thresholds are tested, in which order: a path from safe to open, chosen on cases that certify nothing.

Pareto testing (arXiv 2210.07913): of all thresholds only those are of use that no others beat in both expected error
and cost. Along them a lower cost is bought with a higher error. They are tested from where the promise is likeliest to
be kept towards lower cost, each at the full level, for as long as all pass.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from processor.measure.calibration import cascade, likelihood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.measure.calibration.cascade import Boxes, Floats
    from processor.measure.calibration.values import Knob

MOST = 2000
"""Choices of thresholds that are looked at, over all steps."""

LONGEST = 40
"""Points of a path: enough to come near the best, few enough to read."""

DIGITS = 4
"""A confidence is written with so many."""


@dataclass(frozen=True, slots=True)
class Path:
    """The rows of `thresholds` from safe to open, what is expected of each, and the place where testing starts."""

    thresholds: Floats
    errors: Floats
    coverage: Floats
    start: int


def choose(given: Boxes, knobs: Sequence[Knob], *, target: float, certify: int, review_usd: float) -> Path:
    """The path by the cases that choose; empty where none of them is ever accepted.

    Args:
        given: their ways.
        knobs: the steps' thresholds.
        target: the error rate.
        certify: how many cases will certify.
        review_usd: what people cost for a case.
    """
    grid = _grid(given, knobs)
    totals = cascade.simulate(given, grid, likelihood.expected_wrong(given, given))
    some = totals.accepted > 0
    grid, accepted = grid[some], totals.accepted[some]
    errors, coverage = totals.wrong[some] / accepted, accepted / max(given.n, 1)
    usd = (totals.usd[some] + (given.n - accepted) * review_usd) / max(given.n, 1)
    front = _thinned(_front(errors, usd))
    grid, errors, coverage = grid[front], errors[front], coverage[front]
    start = int(np.argmin(_expected_p(errors, coverage * certify, target))) if len(front) else 0
    return Path(grid, errors, coverage, start)


def levels(given: Boxes, column: int, knob: Knob, most: int) -> tuple[float, ...]:
    """The values of one threshold that are looked at, from open to strict: votes, or some of the scores seen.

    A confidence is rounded down: it accepts the case that it was taken from.
    """
    bounds = np.concatenate((given.low[:, column], given.high[:, column]))
    seen = np.unique(bounds[np.isfinite(bounds) & (bounds >= 0)])
    if knob.kind == "agreement":
        found = np.arange(1, int(seen.max(initial=1)) + 1).astype(float)
    else:
        found = np.unique(np.append(np.floor(seen * 10**DIGITS) / 10**DIGITS, 0.0))
    if len(found) > most:
        found = found[np.unique(np.linspace(0, len(found) - 1, most).round().astype(int))]
    return tuple(float(value) for value in found)


def _grid(given: Boxes, knobs: Sequence[Knob]) -> Floats:
    most = LONGEST if len(knobs) == 1 else max(3, int(MOST ** (1 / max(1, len(knobs)))))
    each = [levels(given, column, knob, most) for column, knob in enumerate(knobs)]
    rows = list(itertools.product(*each))
    return np.array(rows, float).reshape(len(rows), len(knobs))


def _front(errors: Floats, usd: Floats) -> list[int]:
    """The places that no other beats in both, from the least error on."""
    front: list[int] = []
    for place in np.lexsort((usd, errors)):
        if not front or usd[place] < usd[front[-1]]:
            front.append(int(place))
    return front


def _thinned(front: list[int]) -> list[int]:
    if len(front) <= LONGEST:
        return front
    return [front[place] for place in np.unique(np.linspace(0, len(front) - 1, LONGEST).round().astype(int))]


def _expected_p(errors: Floats, accepted: Floats, target: float) -> Floats:
    """The p-value to expect: the binomial tail, continued between whole numbers."""
    wrong = errors * accepted
    return np.asarray(special.betainc(np.maximum(accepted - wrong, 1e-9), wrong + 1, 1 - target))
