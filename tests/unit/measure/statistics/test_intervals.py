"""What a 95 % interval claims here, exactly.

Wilson's covers 94 to 96 % on average over the true shares, at 10, 20 and 50 cases: over all of them, and (from 20 cases
on) over rare failures of 1 to 5 %. It cannot at 10 cases: there a failure rate of 2 to 5 % makes none or one failure,
each with an interval that either covers or does not, and 93.8 % is what comes of it. For a single share it is between
83 % and 100 %. Clopper and Pearson's covers at least what it says, for every share.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import proportion

from processor.measure.statistics import intervals

COUNTED = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
ALL = np.linspace(0, 1, 2001)[1:-1]
RARE = np.linspace(0.01, 0.05, 401)


def coverage(n, shares, interval):
    """By true share, how often the interval of a sample of `n` holds it: exact, by enumeration."""
    counts = np.arange(n + 1)
    low, high = np.array([interval(count, n) for count in counts.tolist()]).T
    held = (low <= shares[:, None]) & (shares[:, None] <= high)
    return (stats.binom.pmf(counts, n, shares[:, None]) * held).sum(axis=1)


def wilson(count, n):
    share = intervals.share(count, n)
    return share.low, share.high


@pytest.mark.parametrize(("count", "n"), [(0, 1), (0, 20), (1, 29), (15, 148), (81, 263), (263, 263)])
def test_a_share_has_the_interval_that_statsmodels_gives_it(count, n):
    assert wilson(count, n) == pytest.approx(proportion.proportion_confint(count, n, method="wilson"))
    assert intervals.share(count, n).share == count / n


def test_a_share_of_nothing_is_no_number():
    nothing = intervals.share(0, 0)
    assert (nothing.share, nothing.low, nothing.high) == (None, 0, 1)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 5.
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_exact_interval_has_the_published_values(count, n, low, high):
    assert list(intervals.exact(count, n)) == pytest.approx([low, high], abs=5e-5)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("count", "n"), [(0, 7), (3, 7), (7, 7), (2, 400)])
def test_the_exact_intervals_are_those_of_scipy_and_statsmodels(count, n, confidence):
    found = intervals.exact(count, n, confidence)
    assert found == pytest.approx(proportion.proportion_confint(count, n, 1 - confidence, method="beta"))
    bounds = {
        side: stats.binomtest(count, n, alternative=side).proportion_ci(confidence) for side in ("less", "greater")
    }
    assert intervals.upper(count, n, confidence) == pytest.approx(bounds["less"].high)
    assert intervals.lower(count, n, confidence) == pytest.approx(bounds["greater"].low)


def test_without_an_error_the_bound_is_about_three_over_n():
    assert intervals.upper(0, 300, 0.95) == pytest.approx(3 / 300, rel=0.01)


def test_nothing_counted_bounds_nothing():
    assert intervals.exact(0, 0) == (0, 1)


@pytest.mark.parametrize(("count", "n", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)])
@pytest.mark.parametrize("bound", [intervals.upper, intervals.lower, intervals.exact])
def test_what_cannot_be_is_refused(bound, count, n, confidence):
    with pytest.raises(ValueError, match=r"no proportion|a confidence"):
        bound(count, n, confidence)


@pytest.mark.parametrize("interval", [wilson, intervals.exact])
@given(COUNTED)
def test_an_interval_holds_its_share_mirrors_and_rises_with_it(interval, counted):
    count, n = counted
    low, high = interval(count, n)
    assert 0 <= low <= count / n + 1e-12
    assert count / n - 1e-12 <= high <= 1
    assert interval(n - count, n) == pytest.approx((1 - high, 1 - low))
    if count < n:
        next_low, next_high = interval(count + 1, n)
        assert low <= next_low + 1e-12
        assert high <= next_high + 1e-12


@given(COUNTED, st.floats(0.5, 0.99))
def test_a_bound_rises_with_the_confidence(counted, confidence):
    count, n = counted
    assert intervals.upper(count, n, confidence) <= intervals.upper(count, n, confidence + 0.005)


@pytest.mark.parametrize("n", [10, 20, 50])
def test_wilsons_covers_95_percent_on_average_over_all_shares(n):
    assert 0.94 <= coverage(n, ALL, wilson).mean() <= 0.96


@pytest.mark.parametrize("n", [20, 50, 100, 200, 500])
def test_wilsons_covers_95_percent_on_average_over_rare_failures(n):
    assert 0.94 <= coverage(n, RARE, wilson).mean() <= 0.96


def test_at_ten_cases_and_rare_failures_wilsons_misses_95_percent_by_a_little():
    found = coverage(10, RARE, wilson)
    assert 0.93 <= found.mean() < 0.94
    assert found.min() == pytest.approx(stats.binom.pmf(0, 10, wilson(1, 10)[0]), abs=0.005)


def test_a_simulation_finds_the_same_coverage_of_wilsons():
    rng = np.random.default_rng(1927)
    for n in (10, 20, 50):
        table = np.array([wilson(count, n) for count in range(n + 1)])
        shares = rng.uniform(size=200_000)
        low, high = table[rng.binomial(n, shares)].T
        assert 0.94 <= np.mean((low <= shares) & (shares <= high)) <= 0.96


@pytest.mark.parametrize("n", [10, 20, 50])
def test_the_exact_interval_never_covers_less_than_it_says(n):
    shares = np.concatenate([ALL, RARE])
    assert coverage(n, shares, intervals.exact).min() >= 0.95
    assert coverage(n, shares, lambda count, n: (0, intervals.upper(count, n, 0.95))).min() >= 0.95
    assert coverage(n, shares, lambda count, n: (intervals.lower(count, n, 0.95), 1)).min() >= 0.95
