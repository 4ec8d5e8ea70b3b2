"""Whether rules are kept less as there are more of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

from processor.core.views.intervals import Z95
from processor.measure.figures import Estimate
from processor.measure.statistics import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from processor.measure.figures import Share

    Floats = NDArray[np.float64]

STEPS = 100
CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Trend:
    """Adherence by number of rules, on the scale of log odds.

    Attributes:
        shares: by number of rules, how many answers kept them.
        slope: by how much each further rule changes the log odds of keeping them: negative is worse. Undetermined where
            all answers have the same number of rules.
        p: two-sided, that there is no trend; None where the slope is undetermined.
        intercept: the log odds without rules.
        covariance: of intercept and slope: the variance of the one, the covariance, the variance of the other.
    """

    shares: Mapping[int, Share]
    slope: Estimate
    p: float | None
    intercept: float = 0.0
    covariance: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def at(self, rules: float) -> Estimate:
        """The predicted adherence with so many rules, from 0 to 1; beyond the numbers seen it is an extrapolation."""
        if self.slope.value is None:
            return self.slope
        odds, (first, both, second) = self.intercept + self.slope.value * rules, self.covariance
        half = Z95 * math.sqrt(max(0.0, first + 2 * rules * both + rules**2 * second))
        value, low, high = special.expit([odds, odds - half, odds + half]).tolist()
        return Estimate(value, low, high)


def adherence(rows: Sequence[tuple[int, bool]], groups: Sequence[str] = ()) -> Trend:
    """The logistic regression of whether all rules were kept on their number.

    It is fitted with Firth's penalty, which takes the bias of small samples away and has an answer where the rules were
    always kept, too: D. Firth, Bias reduction of maximum likelihood estimates, Biometrika 80 (1993), 27-38; G. Heinze
    and M. Schemper, A solution to the problem of separation in logistic regression, Statistics in Medicine 21 (2002),
    2409-2419. Intervals are Wald's.

    Args:
        rows: by answer, its number of rules and whether it kept them all.
        groups: by answer, what it shares with others that it depends on, such as its case; empty for none. The errors
            are then clustered: K.-Y. Liang and S. L. Zeger, Longitudinal data analysis using generalized linear models,
            Biometrika 73 (1986), 13-22.

    Raises:
        ValueError: there are groups, but not as many as rows.
    """
    if groups and len(groups) != len(rows):
        raise ValueError(f"{len(rows)} answers and {len(groups)} groups")
    counts = sorted({rules for rules, _ in rows})
    kept = {rules: [right for number, right in rows if number == rules] for rules in counts}
    shares = {rules: intervals.share(sum(right), len(right)) for rules, right in kept.items()}
    if len(counts) <= 1:
        return Trend(shares, Estimate(None, None, None, "all answers have the same number of rules"), None)
    design = np.array([(1.0, rules) for rules, _ in rows])
    right = np.array([float(kept) for _, kept in rows])
    fitted = _fit(design, right)
    covariance = _covariance(design, right, fitted, groups)
    intercept, slope = fitted.tolist()
    error = math.sqrt(covariance[1, 1])
    p = float(2 * stats.norm.sf(abs(slope) / error))
    parts = (float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1]))
    return Trend(shares, Estimate(slope, slope - Z95 * error, slope + Z95 * error), p, intercept, parts)


def _fit(design: Floats, right: Floats) -> Floats:
    """Newton's steps, none longer than 1, to where Firth's modified score is 0."""
    fitted = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = special.expit(design @ fitted)
        inverse = np.linalg.inv(_information(design, chance))
        leverage = chance * (1 - chance) * ((design @ inverse) * design).sum(axis=1)
        step = inverse @ design.T @ (right - chance + leverage * (0.5 - chance))
        fitted = fitted + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < CLOSE:
            break
    return fitted


def _covariance(design: Floats, right: Floats, fitted: Floats, groups: Sequence[str]) -> Floats:
    """The inverse information; where there are groups, between their scores, if that makes the slope less certain.

    Where nearly all rules were kept, the scores are all near 0 and would feign certainty.
    """
    chance = special.expit(design @ fitted)
    inverse: Floats = np.linalg.inv(_information(design, chance)).astype(np.float64)
    if not groups:
        return inverse
    names, members = np.unique([group or f"\0{place}" for place, group in enumerate(groups)], return_inverse=True)
    if len(names) <= 1:
        return inverse
    scores = np.zeros((len(names), design.shape[1]))
    np.add.at(scores, members, design * (right - chance)[:, None])
    clustered: Floats = inverse @ (scores.T @ scores) @ inverse * len(names) / (len(names) - 1)
    return clustered if clustered[1, 1] > inverse[1, 1] else inverse


def _information(design: Floats, chance: Floats) -> Floats:
    return design.T @ (design * (chance * (1 - chance))[:, None])
