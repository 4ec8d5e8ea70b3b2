"""A ratio of two means over the same cases, such as dollars more for each failure less."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from processor.measure.figures import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence


def ratio(numerators: Sequence[float], denominators: Sequence[float], confidence: float = 0.95) -> Estimate:
    """The mean of the numerators over the mean of the denominators, with Fieller's interval.

    Undetermined where the denominator's own interval (Student's t) includes 0: there the ratios that the data allow
    have no end, and a number would mean nothing. Source: E. C. Fieller, Some problems in interval estimation, Journal
    of the Royal Statistical Society B 16 (1954), 175-185.

    Args:
        numerators: one a case, such as what it costs more.
        denominators: of the same cases in the same order, such as 1 where it is fixed, -1 where it is broken, else 0.
            Where cases depend on each other, one pair of sums for each cluster of them.
        confidence: of the interval.

    Raises:
        ValueError: there are not as many of one as of the other.
    """
    n = len(numerators)
    if n != len(denominators):
        raise ValueError(f"{n} numerators and {len(denominators)} denominators are no pairs")
    if n <= 1:
        return Estimate(None, None, None, "fewer than two cases")
    over, under = float(np.mean(numerators)), float(np.mean(denominators))
    (over_var, both_var), (_, under_var) = (np.cov(numerators, denominators) / n).tolist()
    square = float(stats.t.ppf((1 + confidence) / 2, n - 1)) ** 2
    bounded = under**2 - square * under_var
    if bounded <= 0 or under == 0:
        return Estimate(None, None, None, "the denominator's interval includes 0")
    middle = over * under - square * both_var
    half = math.sqrt(max(0.0, middle**2 - bounded * (over**2 - square * over_var)))
    return Estimate(over / under, (middle - half) / bounded, (middle + half) / bounded)
