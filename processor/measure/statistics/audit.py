"""What sampled audits say of everything: each audit stands for as many as it had been drawn from.

Every result had its own, known chance to be audited (its inclusion probability), and was drawn on its own. Sources: D.
G. Horvitz and D. J. Thompson, A generalization of sampling without replacement from a finite universe, Journal of the
American Statistical Association 47 (1952), 663-685; J. Hájek, comment in Foundations of statistical inference (1971),
236, for the ratio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from processor.core.views import intervals
from processor.measure.figures import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NONE = Estimate(None, None, None, "no audits")


def horvitz_thompson(hits: Sequence[bool], inclusion: Sequence[float], population: int) -> Estimate:
    """The share of hits among all results, unbiased, with a 95 % interval.

    Ask it for the rarer kind, the errors: it also counts how many happened to be drawn, and its value may be above 1
    where most are hits. The interval is for a weighted sum of rare counts, holds what it says at small numbers, and is
    never empty, not even without a hit: M. P. Fay and E. J. Feuer, Confidence intervals for directly standardized
    rates: a method based on the gamma distribution, Statistics in Medicine 16 (1997), 791-801.

    Args:
        hits: of each audited result, whether it is one.
        inclusion: its inclusion probability, over 0 and up to 1.
        population: how many results there are, audited or not.

    Raises:
        ValueError: the two are not as long, a probability is none, or there are more audits than results.
    """
    weights = _weights(hits, inclusion) / population if population else _weights(hits, inclusion)
    if len(hits) > population:
        raise ValueError(f"{len(hits)} audits of {population} results")
    if not len(hits):
        return NONE
    hit = weights[np.asarray(hits, dtype=bool)]
    value, spread, largest = float(hit.sum()), float((hit**2).sum()), float(weights.max())
    low = _gamma(0.025, value, spread) if value else 0.0
    high = _gamma(0.975, value + largest, spread + largest**2)
    return Estimate(value, low, max(value, min(1.0, high)))


def variance(hits: Sequence[bool], inclusion: Sequence[float], population: int) -> float:
    """The unbiased estimate of the variance of `horvitz_thompson`'s value over draws from these very results.

    It is 0 where everything was audited, and where nothing was hit.

    Raises:
        ValueError: the two are not as long, or a probability is none.
    """
    weights = _weights(hits, inclusion)
    return float(np.sum(np.asarray(hits, dtype=bool) * weights * (weights - 1)) / population**2)


def hajek(hits: Sequence[bool], inclusion: Sequence[float], groups: Sequence[str] = ()) -> Estimate:
    """The weighted share of hits among the audits, with a 95 % interval.

    It needs no population, is never above 1, and is steadier than Horvitz and Thompson's, for a bias that vanishes as
    audits grow. The interval is Wilson's at the effective sample size, which is that of the groups' sums; where all are
    hits or none is, and where there is one group alone, a group counts as one (as `repeats.effective_size` has it).

    Args:
        hits: of each audited result, whether it is one.
        inclusion: its inclusion probability, over 0 and up to 1.
        groups: what it shares with others that it depends on, empty for none; without any, all are independent.

    Raises:
        ValueError: they are not as long as each other, or a probability is none.
    """
    weights = _weights(hits, inclusion)
    if groups and len(groups) != len(hits):
        raise ValueError(f"{len(hits)} audits and {len(groups)} groups")
    if not len(hits):
        return NONE
    share = weights / weights.sum()
    value = min(1.0, float(share @ np.asarray(hits, dtype=float)))
    parts, errors = (_sums(each, groups) for each in (share, share * (np.asarray(hits, dtype=float) - value)))
    if not 0 < value < 1 or (len(parts) == 1 and len(hits) > 1):
        effective = 1 / float(parts @ parts)
    else:
        spread = value * (1 - value)
        effective = spread / max(float(errors @ errors), spread * float(share @ share))
    return Estimate(value, *intervals.wilson(value * effective, effective))


def _weights(hits: Sequence[bool], inclusion: Sequence[float]) -> NDArray[np.float64]:
    """How many results each audit stands for."""
    if len(hits) != len(inclusion):
        raise ValueError(f"{len(hits)} audits and {len(inclusion)} inclusion probabilities")
    if not all(0 < chance <= 1 for chance in inclusion):
        raise ValueError("an inclusion probability is over 0 and at most 1")
    return 1 / np.asarray(inclusion, dtype=np.float64)


def _sums(values: NDArray[np.float64], groups: Sequence[str]) -> NDArray[np.float64]:
    """The sums of the groups; a value without one stands alone."""
    names = [group or f"\0{place}" for place, group in enumerate(groups)]
    if not names:
        return values
    _, places = np.unique(names, return_inverse=True)
    return np.bincount(places, weights=values).astype(np.float64)


def _gamma(tail: float, mean: float, spread: float) -> float:
    """The quantile of the gamma distribution with this mean and variance."""
    return float(special.gammaincinv(mean**2 / spread, tail)) * spread / mean
