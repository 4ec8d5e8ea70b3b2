"""Two versions on the same cases: by how much their failure rates differ, and whether that may be chance.

Only the cases that flipped tell the versions apart: those `fixed` failed before and do not after, those `broken` fail
after and did not before. The interval is an approximate one and the test is exact: near the edge one may see a
difference where the other does not, and the test decides.
"""

from __future__ import annotations

import math

from scipy import stats

from processor.core.views import intervals
from processor.measure.figures import Estimate

ROUNDING = 1e-9
"""By how much counts that are not whole may be out together."""


def difference(fixed: float, broken: float, both: float, n: float) -> Estimate:
    """The failure rate after minus the one before, with its 95 % interval; undetermined where there are no cases.

    Source: R. G. Newcombe, Improved confidence intervals for the difference between binomial proportions based on
    paired data, Statistics in Medicine 17 (1998), 2635-2650, method 10: Wilson's intervals of the two rates, combined
    by the correlation of the pairs, which is taken a little towards 0 where it is positive. It covers 95 % on average
    over all tables, and more where both fail seldom: nearly always where that is in 1 to 5 % of few cases.

    The counts need not be whole: `repeats.difference` gives them at the effective sample size.

    Args:
        fixed: cases that failed before and do not after.
        broken: cases that fail after and did not before.
        both: cases that fail before and after.
        n: all cases.

    Raises:
        ValueError: one is negative, or together they are more than `n`.
    """
    neither = n - fixed - broken - both
    if min(fixed, broken, both, neither) < -ROUNDING:
        raise ValueError(f"{fixed} fixed, {broken} broken and {both} failing in both do not go into {n} cases")
    neither, n = max(0.0, neither), max(n, fixed + broken + both)
    if n == 0:
        return Estimate(None, None, None, "no cases")
    before, after = (both + fixed) / n, (both + broken) / n
    before_low, before_high = intervals.wilson(both + fixed, n)
    after_low, after_high = intervals.wilson(both + broken, n)
    phi = _correlation(both, fixed, broken, neither)
    down = _combined(after - after_low, before_high - before, phi)
    up = _combined(after_high - after, before - before_low, phi)
    value = (broken - fixed) / n
    return Estimate(value, max(-1.0, value - down), min(1.0, value + up))


def mcnemar(fixed: int, broken: int) -> float:
    """The two-sided p-value that fixing and breaking are equally likely; 1 where nothing flipped.

    McNemar's test in its exact form, the binomial test of the cases that flipped. It is the one of T. G. Dietterich,
    Approximate statistical tests for comparing supervised classification learning algorithms, Neural Computation 10
    (1998), 1895-1923, that holds its level with one run of each version; exact, it does so at any number of cases. At
    5 % it takes at least six flips, all one way.
    """
    return min(1.0, 2 * float(stats.binom.cdf(min(fixed, broken), fixed + broken, 0.5)))


def _correlation(both: float, fixed: float, broken: float, neither: float) -> float:
    """Phi of the two by two table, its numerator corrected for continuity; 0 where a margin is empty."""
    margins = (both + fixed) * (both + broken) * (fixed + neither) * (broken + neither)
    if margins == 0:
        return 0.0
    agreement, half = both * neither - fixed * broken, (both + fixed + broken + neither) / 2
    return (max(0.0, agreement - half) if agreement > 0 else agreement) / math.sqrt(margins)


def _combined(one: float, other: float, phi: float) -> float:
    """The half-width of a difference of two correlated estimates with these half-widths."""
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))
