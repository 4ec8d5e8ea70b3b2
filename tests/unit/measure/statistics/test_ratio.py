from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from processor.measure.statistics import ratio
from tests.unit.measure.statistics.known import known

PAIRS = st.lists(st.tuples(st.floats(-5, 5), st.floats(1, 3)), min_size=3, max_size=30)


@given(PAIRS)
@settings(max_examples=40)
def test_the_ends_are_the_ratios_that_the_t_test_just_rejects(pairs):
    """Fieller's interval is made of the ratios r for which the mean of numerator - r x denominator may be 0."""
    over, under = np.array(pairs).T
    if ratio.ratio(over, under).value is None:
        return
    found = known(ratio.ratio(over, under))
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    if found.width > 1e-6:
        for end in (found.low, found.high):
            assert stats.ttest_1samp(over - end * under, 0).pvalue == pytest.approx(0.05, abs=1e-3)


def test_a_denominator_that_may_be_0_leaves_the_ratio_undetermined():
    found = ratio.ratio([0.01] * 20, [1, -1] * 9 + [1, 1])
    assert (found.value, found.low, found.high) == (None, None, None)
    assert "0" in found.why


@pytest.mark.parametrize("values", [[], [1.0]])
def test_too_few_cases_leave_it_undetermined(values):
    assert ratio.ratio(values, values).value is None


def test_nothing_that_changes_leaves_it_undetermined():
    assert ratio.ratio([0.02] * 10, [0.0] * 10).value is None


@pytest.mark.parametrize("cases", [2, 10])
def test_the_same_for_all_is_known_exactly(cases):
    assert known(ratio.ratio([0.02] * cases, [0.5] * cases)) == pytest.approx((0.04, 0.04, 0.04))


def test_what_does_not_pair_is_refused():
    with pytest.raises(ValueError, match="no pairs"):
        ratio.ratio([1, 2], [1])


def test_it_covers_95_percent_for_dollars_more_by_failures_less():
    rng, covered = np.random.default_rng(1954), []
    for _ in range(1000):
        fixed = rng.choice([1, 0, -1], size=200, p=[0.2, 0.77, 0.03])
        dollars = 0.002 + 0.001 * (fixed == 1) + rng.exponential(0.001, size=200)
        covered.append(known(ratio.ratio(dollars.tolist(), fixed.tolist())).holds(0.0032 / 0.17))
    assert 0.93 <= np.mean(covered) <= 0.97


def test_it_seldom_gives_a_number_where_there_is_no_difference():
    rng, given_ = np.random.default_rng(1954), 0
    for _ in range(1000):
        fixed = rng.choice([1, 0, -1], size=100, p=[0.1, 0.8, 0.1])
        given_ += ratio.ratio([0.01] * 100, fixed.tolist()).value is not None
    assert given_ / 1000 <= 0.07
