"""Traces and a target -> the thresholds that keep it, at the least cost: chosen on one part, certified on the other."""

from __future__ import annotations

import dataclasses
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processor.measure.calibration import cascade, path
from processor.measure.calibration.values import Curve, Point
from processor.measure.statistics import intervals, risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.measure.calibration.cascade import Boxes, Floats, Trace
    from processor.measure.calibration.path import Path
    from processor.measure.calibration.values import Costs, Knob

CHOOSING = 0.25
"""The share of the cases that chooses the path where one step has a threshold …"""

CHOOSING_SEVERAL = 1 / 3
"""… and where several have."""

LIKELY = 0.8
"""The chance that so many more cases do, as `Chosen.more` counts them."""

OPEN = 0.75
"""The error rate, as a share of the target, that is taken where few cases leave it open."""


@dataclass(frozen=True, slots=True)
class Wish:
    """At most `max_error` of the accepted answers wrong, with `confidence`; `seed` is of the split."""

    max_error: float
    confidence: float = 0.95
    seed: int = 0

    @property
    def delta(self) -> float:
        """How often the promise may fail."""
        return 1 - self.confidence


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of it: see `values.Found` for its fields."""

    certified_on: tuple[Trace, ...]
    chosen_on: int
    method: str
    curve: Curve
    point: Point | None
    now: Point
    without: Point
    more: int | None
    why: str


def choose(traces: Sequence[Trace], knobs: Sequence[Knob], now: Sequence[float], wish: Wish, costs: Costs) -> Chosen:
    """Choose the thresholds.

    The cases are split by the seed. One part chooses a path of thresholds (`path`), the other tests it: each by the
    exact binomial test of "more than `max_error` of the accepted answers are wrong", at level 1 - `confidence`, until
    one fails (Learn then Test with fixed sequence testing). With at most that chance any threshold that passes breaks
    the promise, whatever the distribution of events and however many cases there are: the only assumption is that the
    cases are a random sample of the events to come, independent of each other.

    Args:
        traces: of independent cases; their order does not matter.
        knobs: the steps' thresholds; without any, what the steps accept by rules alone is tested.
        now: the thresholds as they are, `NO_THRESHOLD` where there is none.
        wish: what is asked for.
        costs: of people.
    """
    choosing, certifying = split(traces, wish.seed, CHOOSING if len(knobs) <= 1 else CHOOSING_SEVERAL)
    steps = [knob.step for knob in knobs]
    first, second = cascade.boxes(choosing, steps), cascade.boxes(certifying, steps)
    found = path.choose(first, knobs, target=wish.max_error, certify=second.n, review_usd=costs.review_usd)
    last = certified(second, found, wish)
    passed = last - found.start
    points = tuple(
        dataclasses.replace(point, certified=found.start <= place < last)
        for place, point in enumerate(_points(second, found.thresholds, wish, costs))
    )
    chosen = points[last - 1] if passed else None
    held = _points(
        second, np.array([now, [cascade.NO_THRESHOLD] * len(knobs)], float).reshape(2, len(knobs)), wish, costs
    )
    more, why = (None, "") if chosen else _missing(cascade.boxes(traces, steps), found, len(traces), second.n, wish)
    return Chosen(
        certified_on=tuple(certifying),
        chosen_on=len(choosing),
        method=_method(len(choosing), len(certifying), passed),
        curve=Curve(tuple(knobs), wish.max_error, wish.confidence, points),
        point=chosen,
        now=held[0],
        without=held[1],
        more=more,
        why=why,
    )


def split(traces: Sequence[Trace], seed: int, share: float) -> tuple[list[Trace], list[Trace]]:
    """A random part of that share, and the rest: the same for the same cases and seed, in whatever order they come."""
    mixed = sorted(traces, key=lambda trace: trace.case)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - a draw that can be repeated, not a secret
    size = round(share * len(mixed))
    return mixed[:size], mixed[size:]


def certified(given: Boxes, found: Path, wish: Wish) -> int:
    """The place on the path where the promise ends: it holds from `start` on for those before, with their order fixed.

    Args:
        given: the ways of cases that had no part in choosing the path.
        found: the path.
        wish: what is promised.
    """
    totals = cascade.simulate(given, found.thresholds[found.start :])
    ps: list[float] = []
    for wrong, accepted in zip(totals.wrong, totals.accepted, strict=True):
        ps.append(risk.p_value(round(wrong), round(accepted), wish.max_error))
        if ps[-1] > wish.delta:  # what comes after it is not tested
            break
    return found.start + risk.fixed_sequence(ps, wish.delta)


def _points(given: Boxes, thresholds: Floats, wish: Wish, costs: Costs) -> tuple[Point, ...]:
    totals = cascade.simulate(given, thresholds)
    return tuple(
        _point(tuple(map(float, row)), given.n, (round(accepted), round(wrong), usd), wish, costs)
        for row, accepted, wrong, usd in zip(thresholds, totals.accepted, totals.wrong, totals.usd, strict=True)
    )


def _point(thresholds: tuple[float, ...], n: int, totals: tuple[int, int, float], wish: Wish, costs: Costs) -> Point:
    accepted, wrong, usd = totals
    return Point(
        thresholds=thresholds,
        coverage=intervals.share(accepted, n),
        errors=intervals.share(wrong, accepted),
        bound=intervals.upper(wrong, accepted, wish.confidence),
        usd=(float(usd) + (n - accepted) * costs.review_usd) / n if n else 0.0,
        p=risk.p_value(wrong, accepted, wish.max_error),
    )


def _method(choosing: int, certifying: int, passed: int) -> str:
    return (
        f"Learn then Test: path chosen on {choosing} cases by Pareto testing, exact binomial tests in fixed sequence "
        f"on {certifying} others ({passed} passed)"
    )


def _missing(everything: Boxes, found: Path, n: int, certify: int, wish: Wish) -> tuple[int | None, str]:
    """How many more labelled cases would probably do, and why nothing is certified."""
    if certify == n:  # nobody is left to choose the path
        few = math.ceil(_needed(0, 0, wish) / (1 - CHOOSING_SEVERAL)) - n
        return few, f"not possible with these cases: label {few:,} more"
    if not len(found.thresholds):
        return None, "no answer was accepted at any threshold: see what the rules and the contract object to"
    totals = cascade.simulate(everything, found.thresholds)
    needed = [
        _needed(int(accepted), int(wrong), wish) / max(accepted / n, 1 / n)
        for accepted, wrong in zip(totals.accepted, totals.wrong, strict=True)
    ]
    best = int(np.argmin(needed))
    if not math.isfinite(needed[best]):
        accepted, wrong = totals.accepted[0], totals.wrong[0]
        return None, (
            f"even the safest thresholds accept too many wrong answers: {wrong:.0f} of {accepted:.0f}. More cases will "
            "not help; a better step, more knowledge or a rule may"
        )
    more = max(math.ceil(needed[best] * n / max(certify, 1)) - n, math.ceil(n / 10))
    return more, f"not possible with these cases: label {more:,} more"


def _needed(accepted: int, wrong: int, wish: Wish) -> float:
    """Accepted cases that would probably certify; infinite where the error rate is shown to be too high."""
    if accepted and intervals.lower(wrong, accepted, wish.confidence) >= wish.max_error:
        return math.inf
    # Where what was seen leaves it open, a rate somewhat under the target is taken, so that a number can be given.
    rate = min((wrong + 0.25) / (accepted + 0.5), OPEN * wish.max_error)
    return float(risk.cases_needed(rate, wish.max_error, wish.delta, power=LIKELY) or math.inf)
