"""Intervals of a proportion: Wilson's for what is shown, Clopper and Pearson's for what is promised.

Wilson's covers 95 % on average over the true shares, and is below that for some of them; it is the one to read
(Brown, Cai and DasGupta, Interval estimation for a binomial proportion, Statistical Science 16 (2001), 101-133).
Clopper and Pearson's never covers less than it says, whatever the share, and is wider for it; it is the one to hold a
guarantee to. Source: C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits illustrated in the case
of the binomial, Biometrika 26 (1934), 404-413.
"""

from __future__ import annotations

from scipy import special  # not stats, whose import alone takes longer than a page of the review application may

from processor.core.views import intervals
from processor.measure.figures import Share


def share(count: int, n: int) -> Share:
    """`count` of `n` with Wilson's 95 % interval, which is (0, 1) where nothing was counted.

    Raises:
        ValueError: `count` is not between 0 and `n`.
    """
    return Share(count, n, *intervals.wilson(count, n))


def exact(count: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's two-sided interval: each side misses with at most half of 1 - `confidence`.

    Raises:
        ValueError: `count` is not between 0 and `n`, or `confidence` is not between 0 and 1.
    """
    _check(count, n, confidence)
    each_side = (1 + confidence) / 2
    return lower(count, n, each_side), upper(count, n, each_side)


def upper(count: int, n: int, confidence: float) -> float:
    """Clopper and Pearson's one-sided bound: the true share is above it in at most 1 - `confidence` of all samples.

    Of none out of none it is 1.

    Raises:
        ValueError: `count` is not between 0 and `n`, or `confidence` is not between 0 and 1.
    """
    _check(count, n, confidence)
    return 1.0 if count == n else float(special.betaincinv(count + 1, n - count, confidence))


def lower(count: int, n: int, confidence: float) -> float:
    """The same from below: the true share is under it in at most 1 - `confidence` of all samples.

    Raises:
        ValueError: `count` is not between 0 and `n`, or `confidence` is not between 0 and 1.
    """
    _check(count, n, confidence)
    return 0.0 if count == 0 else float(special.betaincinv(count, n - count + 1, 1 - confidence))


def _check(count: int, n: int, confidence: float) -> None:
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no proportion")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence is between 0 and 1: {confidence}")
