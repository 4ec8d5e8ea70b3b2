"""Traces of cases -> what any thresholds would do, all at once.

A trace is what the steps give for one case, whatever the thresholds: a step's answer with its score, what follows where
the score is enough, and what follows where it is not. What steps answer does not depend on the thresholds (no violation
names one), so a trace is made once and every choice of thresholds is simulated on it exactly. A model that varies is no
trouble: a trace is one draw of it, as an event would be.

Each way through a trace is a box in the space of thresholds: it is taken where each threshold is above `low` and at
most `high`. The boxes of a case do not overlap and leave no gap, so any thresholds are in one box of each case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALWAYS = math.inf
"""The score of an answer that no threshold keeps back: the step has no threshold, or other things decide."""

NEVER = -1.0
"""The score of an answer that no threshold lets through, such as one whose confidence is not known."""

NO_THRESHOLD = -2.0
"""Stands for a step without a threshold: it keeps nothing back, not even what scores `NEVER`."""

AT_ONCE = 4_000_000
"""Comparisons that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one step gave for a case.

    Attributes:
        step: counts from 1.
        score: what is held against the step's threshold.
        accepted: whether the answer is accepted where its score is enough.
        right: whether it is right, where it is accepted.
        usd: US dollars of the attempt; what is not known counts as 0.
        enough: what follows where the score is enough and the answer is not accepted all the same; None for people.
        short: what follows where the score is not enough; None for people.
    """

    step: int
    score: float
    accepted: bool
    right: bool = False
    usd: float = 0.0
    enough: Taken | None = None
    short: Taken | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """All that may become of one case. `label` is its class, empty where it has none."""

    case: str
    first: Taken
    label: str = ""


@dataclass(frozen=True, slots=True)
class Boxes:
    """The ways through all traces of `n` cases, a row each; `low` and `high` have a column for each threshold.

    `step` is that which accepts, 0 where people decide, and `score` its answer's; `wrong` is 1 where an accepted answer
    is wrong, else 0, and `usd` is what the models cost.
    """

    n: int
    low: Floats
    high: Floats
    step: NDArray[np.int64]
    score: Floats
    wrong: Floats
    usd: Floats


@dataclass(frozen=True, slots=True)
class Totals:
    """What each choice of thresholds does, an entry for each choice: counts of accepted and wrong, and dollars."""

    accepted: Floats
    wrong: Floats
    usd: Floats


def boxes(traces: Sequence[Trace], steps: Sequence[int]) -> Boxes:
    """The ways through traces; `steps` are those with a threshold, in the order of the thresholds."""
    column = {step: place for place, step in enumerate(steps)}
    rows = [row for trace in traces for row in _ways(trace.first, column, _Way.of(len(steps)))]
    return Boxes(
        n=len(traces),
        low=np.array([row.low for row in rows], float).reshape(len(rows), len(steps)),
        high=np.array([row.high for row in rows], float).reshape(len(rows), len(steps)),
        step=np.array([row.step for row in rows], int),
        score=np.array([row.score for row in rows], float),
        wrong=np.array([row.wrong for row in rows], float),
        usd=np.array([row.usd for row in rows], float),
    )


def simulate(given: Boxes, thresholds: Floats, wrong: Floats | None = None) -> Totals:
    """What each row of `thresholds` would do; `wrong` takes the place of the boxes' own."""
    weights = np.column_stack(
        (given.step > 0, given.wrong if wrong is None else wrong, given.usd),
    ).astype(float)
    size = max(1, AT_ONCE // max(1, given.low.size))
    parts = [
        _inside(given, thresholds[start : start + size]) @ weights for start in range(0, max(len(thresholds), 1), size)
    ]
    accepted, errors, usd = np.concatenate(parts).T
    return Totals(accepted, errors, usd)


def _inside(given: Boxes, thresholds: Floats) -> Floats:
    found = np.ones((len(thresholds), len(given.step)), bool)
    for place in range(thresholds.shape[1]):
        each = thresholds[:, place, None]
        found &= (each > given.low[:, place]) & (each <= given.high[:, place])
    return found.astype(float)


@dataclass(frozen=True, slots=True)
class _Way:
    low: tuple[float, ...]
    high: tuple[float, ...]
    usd: float = 0.0
    step: int = 0
    score: float = NEVER
    wrong: bool = False

    @classmethod
    def of(cls, columns: int) -> _Way:
        return cls((-math.inf,) * columns, (math.inf,) * columns)


def _ways(taken: Taken | None, column: dict[int, int], way: _Way) -> Iterator[_Way]:
    if taken is None:
        yield way
        return
    place, usd = column.get(taken.step), way.usd + taken.usd
    score = ALWAYS if place is None else taken.score
    high = _with(way.high, place, score)
    if taken.accepted:
        yield _Way(way.low, high, usd, taken.step, score, not taken.right)
    else:
        yield from _ways(taken.enough, column, _Way(way.low, high, usd))
    if score < ALWAYS:
        yield from _ways(taken.short, column, _Way(_with(way.low, place, score), way.high, usd))


def _with(bounds: tuple[float, ...], place: int | None, value: float) -> tuple[float, ...]:
    return bounds if place is None else (*bounds[:place], value, *bounds[place + 1 :])
