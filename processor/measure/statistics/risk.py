"""Error rates that are promised: which thresholds keep an error rate under a target, whatever the cases are like.

Nothing is assumed but that the cases are a random sample of what will come. Source: A. N. Angelopoulos, S. Bates,
E. J. Candès, M. I. Jordan and L. Lei, Learn then test: calibrating predictive algorithms to achieve risk control, arXiv
2110.01052 (2021). Conformal risk control (A. N. Angelopoulos et al., arXiv 2208.02814, 2022) is for another promise: a
mean over all draws of the cases, of a loss that can only fall as thresholds get stricter. The error rate among what is
accepted may rise then.

A target is an error rate from 0 to 1, and `delta` the chance with which the promise may fail, such as 0.05. Thresholds
are tested on cases that were not used to choose them, their order or their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy import stats

from processor.measure.statistics import search

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 10_000_000
"""Nobody labels more cases than this."""


def p_value(errors: int, accepted: int, target: float) -> float:
    """The p-value of "the error rate is above the target": how likely so few errors are at a rate of just the target.

    The lower tail of the binomial distribution; exact. It is at most delta just where Clopper and Pearson's upper
    bound (`intervals.upper`) at confidence 1 - delta is at most the target. Of no accepted cases it is 1.

    Raises:
        ValueError: `errors` is not between 0 and `accepted`, or the target not between 0 and 1.
    """
    if not 0 <= errors <= accepted or not 0 <= target <= 1:
        raise ValueError(f"{errors} errors of {accepted} at a target of {target}")
    return float(stats.binom.cdf(errors, accepted, target))


def fixed_sequence(ps: Sequence[float], delta: float) -> int:
    """How many thresholds, from the first on, keep the target together with confidence 1 - `delta`.

    Each is tested at the full delta, as long as all before it passed: fixed sequence testing. The order is fixed before
    the cases are seen, the likeliest to pass first: strict before loose. But one that accepts fewer cases than
    `cases_needed` without errors can never pass, and would end the sequence: begin with one that accepts more.
    """
    return next((place for place, p in enumerate(ps) if p > delta), len(ps))


def cases_needed(rate: float, target: float, delta: float, *, power: float = 0.8) -> int | None:
    """How many accepted cases would show with the chance `power` that the target is kept, if the error rate is `rate`.

    None where none would: the rate is not under the target, or it would take more than ten million. Without any error
    it is log(delta) / log(1 - target), about 3 / target at delta 0.05.
    """
    if not 0 <= rate < target < 1:
        return None

    def suffices(n: int) -> bool:
        allowed = int(stats.binom.ppf(delta, n, target))
        allowed -= p_value(allowed, n, target) > delta
        return bool(stats.binom.cdf(allowed, n, rate) >= power)

    return search.least(suffices, MOST)
