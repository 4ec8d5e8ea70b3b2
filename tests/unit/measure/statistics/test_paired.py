from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special, stats
from statsmodels.stats import contingency_tables

from processor.measure.statistics import paired

CELLS = st.tuples(*[st.integers(0, 300)] * 4)


def difference(both, fixed, broken, neither):
    return paired.difference(fixed, broken, both, both + fixed + broken + neither)


@pytest.mark.parametrize(
    ("cells", "value", "low", "high"),
    [
        # Altman, Machin, Bryant and Gardner, Statistics with confidence (2000), table 6.2; its difference is the
        # negative of ours.
        ((14, 5, 0, 22), -0.122, -0.2265, -0.0115),
        # Bentur et al. 2009 and Cavo et al. 2012 in Fagerland, Lydersen and Laake, Recommended tests and confidence
        # intervals for paired binomial proportions, Statistics in Medicine 33 (2014), 2850-2875.
        ((1, 1, 7, 12), 0.286, 0.026, 0.507),
        ((59, 6, 16, 80), 0.062, 0.005, 0.119),
    ],
)
def test_a_difference_has_the_published_interval(cells, value, low, high):
    found = difference(*cells)
    assert [found.value, found.low, found.high] == pytest.approx([value, low, high], abs=6e-4)


def test_a_difference_without_cases_is_undetermined():
    assert difference(0, 0, 0, 0).value is None
    assert difference(0, 0, 0, 0).why


@pytest.mark.parametrize("cells", [(-1, 0, 0, 5), (3, 2, 1, -1), (0, -1, 3, 5)])
def test_counts_that_do_not_fit_are_refused(cells):
    with pytest.raises(ValueError, match="do not go into"):
        difference(*cells)


def test_counts_that_are_not_whole_may_be_out_by_their_rounding():
    assert paired.difference(0.1, 0.2, 0.3, 0.1 + 0.2 + 0.3 - 1e-12).value == pytest.approx(1 / 6)


@given(CELLS)
def test_an_interval_holds_its_difference_and_mirrors(cells):
    assume(sum(cells))
    both, fixed, broken, neither = cells
    found = difference(*cells)
    assert -1 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    for mirrored in (difference(both, broken, fixed, neither), difference(neither, fixed, broken, both)):
        ends = (-found.high, -found.low) if mirrored.value == -found.value else (found.low, found.high)
        assert (mirrored.low, mirrored.high) == pytest.approx(ends, abs=1e-9)


@given(CELLS)
def test_more_cases_that_say_the_same_narrow_the_interval(cells):
    assume(sum(cells))
    once, ten_times = difference(*cells), difference(*(10 * count for count in cells))
    assert ten_times.value == pytest.approx(once.value)
    assert ten_times.high - ten_times.low <= once.high - once.low + 1e-12


def tables(n):
    """All two by two tables of `n` pairs, with the interval of each and the logarithm of its number of orders."""
    cells = [(a, b, c, n - a - b - c) for a in range(n + 1) for b in range(n + 1 - a) for c in range(n + 1 - a - b)]
    found = [difference(*each) for each in cells]
    orders = special.gammaln(n + 1) - special.gammaln(np.array(cells) + 1).sum(axis=1)
    return np.array(cells), np.array([(each.low, each.high) for each in found]).T, orders


def coverage(n, truths):
    """By truth (the chances of the four cells), how often the interval holds the difference: exact, by enumeration."""
    cells, (low, high), orders = tables(n)
    differences = (truths[:, 2] - truths[:, 1])[:, None]
    chances = np.exp(orders + special.xlogy(cells, truths[:, None, :]).sum(axis=2))
    return (chances * ((low <= differences + 1e-12) & (differences - 1e-12 <= high))).sum(axis=1)


@pytest.mark.parametrize(("n", "least"), [(10, 0.87), (20, 0.92)])
def test_the_interval_covers_95_percent_on_average_over_all_tables(n, least):
    found = coverage(n, np.random.default_rng(1998).dirichlet([1, 1, 1, 1], size=200))
    assert 0.94 <= found.mean() <= 0.96
    assert found.min() >= least


def test_the_interval_covers_95_percent_on_average_at_fifty_cases():
    rng = np.random.default_rng(1998)
    truths = rng.dirichlet([1, 1, 1, 1], size=4000)
    found = [difference(*rng.multinomial(50, truth).tolist()) for truth in truths]
    held = [e.low <= broken - fixed <= e.high for e, (_, fixed, broken, _) in zip(found, truths, strict=True)]
    assert 0.94 <= np.mean(held) <= 0.96


@pytest.mark.parametrize("n", [10, 20])
def test_the_interval_is_wide_rather_than_wrong_where_both_seldom_fail(n):
    """With failure rates of 1 to 5 % and few cases it covers more than it says: nearly always nothing flips."""
    before, after, together = np.random.default_rng(1998).uniform((0.01, 0.01, 0), (0.05, 0.05, 1), size=(200, 3)).T
    both = together * np.minimum(before, after)
    assert coverage(n, np.stack([both, before - both, after - both, 1 - before - after + both], axis=1)).min() >= 0.95


@pytest.mark.parametrize(("fixed", "broken"), [(0, 0), (1, 0), (5, 0), (6, 0), (3, 9), (40, 22), (300, 260)])
def test_mcnemar_is_that_of_statsmodels(fixed, broken):
    table = [[0, fixed], [broken, 0]]
    expected = contingency_tables.mcnemar(table, exact=True).pvalue if fixed + broken else 1
    assert paired.mcnemar(fixed, broken) == pytest.approx(expected)
    assert paired.mcnemar(broken, fixed) == paired.mcnemar(fixed, broken)


def test_mcnemar_never_rejects_more_often_than_its_level():
    """At every number of flips, so at every number of cases and whatever their chance to flip."""
    for flips in (*range(1, 41), 75, 150):
        fixed = np.arange(flips + 1)
        ps = np.array([paired.mcnemar(count, flips - count) for count in fixed.tolist()])
        for level in (0.01, 0.05, 0.1):
            assert stats.binom.pmf(fixed, flips, 0.5)[ps <= level].sum() <= level + 1e-12
