"""How many cases it takes to tell two versions apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from processor.measure.statistics import search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

MOST = 1_000_000
"""Nobody labels more cases than this: a difference that needs more is not settled by cases."""


def cases_needed(difference: float, discordant: float, *, power: float = 0.8, alpha: float = 0.05) -> int | None:
    """How many cases let McNemar's exact test see a difference with the chance `power`; None where none would.

    None would where there is no difference to see, where the versions differ by more than they flip, or where it
    would take more than a million. The power is exact: the test's own, over all numbers of flips that `n` cases may
    have. It is about Connor's (R. J. Connor, Sample size for testing differences in proportions for the paired-sample
    design, Biometrics 43 (1987), 207-211) and a few cases more, for the exact test.

    Args:
        difference: of the failure rates; its sign does not matter.
        discordant: the share of the cases that flip, fixed or broken; at least the difference, at most 1.
        power: the chance to see the difference if it is there.
        alpha: the level of the two-sided test.
    """
    if not 0 < abs(difference) <= discordant <= 1:
        return None
    return search.least(lambda n: chance(n, difference, discordant, alpha=alpha) >= power, MOST)


def chance(n: int, difference: float, discordant: float, *, alpha: float = 0.05) -> float:
    """The power of McNemar's exact test with `n` cases: how often it sees a difference that is there, from 0 to 1."""
    least, most = (int(stats.binom.ppf(tail, n, discordant)) for tail in (1e-12, 1 - 1e-12))
    flips = np.arange(least, most + 1)
    few = _rejected(flips, alpha)
    worse = (discordant + abs(difference)) / (2 * discordant)
    seen = stats.binom.cdf(few, flips, worse) + stats.binom.sf(flips - few - 1, flips, worse)
    return float(np.sum(stats.binom.pmf(flips, n, discordant) * seen))


def _rejected(flips: Ints, alpha: float) -> Ints:
    """By number of flips, how many of the rarer kind there may be for the test to reject; -1 where it never does."""
    first = stats.binom.ppf(alpha / 2, flips, 0.5)
    fits = stats.binom.cdf(first, flips, 0.5) <= alpha / 2
    return np.where(fits, first, first - 1).astype(np.int64)
