from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats import sandwich_covariance

from processor.measure.statistics import intervals, paired, repeats
from tests.unit.measure.statistics.known import known, some

ROWS = st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=20)
BEFORE = [True] * 9 + [False] * 31
AFTER = [False] * 6 + [True] * 4 + [False] * 30


def singly(values):
    return [[value] for value in values]


def thrice(values):
    return [[value] * 3 for value in values]


def clustered(rng, sizes, share, correlation, runs):
    """Counts of true values by run and cluster, from a beta-binomial with this correlation within clusters."""
    weight = (1 - correlation) / correlation
    return rng.binomial(sizes, rng.beta(share * weight, (1 - share) * weight, size=(runs, len(sizes))))


def rows_of(counts, sizes):
    return [
        [True] * count + [False] * (size - count) for count, size in zip(counts.tolist(), sizes.tolist(), strict=True)
    ]


def test_values_are_grouped_in_order_and_those_without_a_group_stand_alone():
    found = repeats.grouped([True, False, True, False], ["a", "", "a", ""])
    assert found == ([True, True], [False], [False])


def test_repeats_that_agree_in_part_are_told_by_agreement_and_variance():
    found = repeats.variation([[True, True, True], [True, True, False], [False, False, False]])
    assert found.repeats == 3
    assert found.agreement == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert found.within == pytest.approx(np.mean([np.var([1, 1, 0], ddof=1), 0, 0]))


def test_without_repeats_there_is_no_variation_to_tell():
    with pytest.raises(ValueError, match="two repeats"):
        repeats.variation(singly(BEFORE))


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=2, max_size=12))
@settings(max_examples=25)
def test_the_error_is_the_clustered_one_of_statsmodels(rows):
    values = np.array([value for row in rows for value in row], dtype=float)
    groups = np.array([place for place, row in enumerate(rows) for _ in row])
    fitted = OLS(values, np.ones_like(values)).fit()
    cov = sandwich_covariance.cov_cluster(fitted, groups, use_correction=False)
    assert repeats.standard_error(rows) ** 2 == pytest.approx(cov.item(), abs=1e-12)


def test_the_error_is_millers():
    """Miller, arXiv 2411.00640: the error of independent answers, and what the pairs of each cluster add to it."""
    rows = [[True, True, False], [False, False, False], [True, False], [True]]
    values = [value for row in rows for value in row]
    n, mean = len(values), float(np.mean(values))
    pairs = sum((a - mean) * (b - mean) for row in rows for i, a in enumerate(row) for j, b in enumerate(row) if i != j)
    assert repeats.standard_error(rows) ** 2 == pytest.approx(np.var(values) / n + pairs / n**2)


def test_single_answers_and_answers_that_only_repeat_have_the_interval_of_their_cases():
    expected = intervals.share(sum(BEFORE), len(BEFORE))
    for rows in (singly(BEFORE), thrice(BEFORE)):
        found = repeats.share(rows)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
        assert found.share == pytest.approx(expected.share)


def test_never_a_failure_in_repeats_is_worth_no_more_than_its_cases():
    found, cases = repeats.share(thrice([False] * 20)), intervals.share(0, 20)
    assert (found.low, found.high) == pytest.approx((cases.low, cases.high))


def test_nothing_and_a_single_cluster_claim_little():
    assert repeats.effective_size([]) == 0
    assert (repeats.share([]).low, repeats.share([]).high) == (0, 1)
    assert repeats.effective_size([[True, False, True, False]]) == 1


# All failed, over clusters whose effective size is no round number: 2.8800000000000003 of 2.88.
@example([[True] * size for size in (1, 2, 3, 6)])
@given(ROWS)
def test_the_effective_size_lies_between_one_and_all(rows):
    n = sum(map(len, rows))
    assert 1 - 1e-9 <= repeats.effective_size(rows) <= n + 1e-9
    found = repeats.share(rows)
    assert 0 <= found.low <= some(found.share) + 1e-12
    assert some(found.share) - 1e-12 <= found.high <= 1


@pytest.mark.parametrize(
    ("sizes", "least"),
    [
        ([3] * 50, 0.92),
        ([5] * 20, 0.92),
        ([20] * 3 + [4] * 10 + [1] * 47, 0.92),
        ([40] + [5] * 10 + [1] * 9, 0.88),
    ],
    ids=["repeats", "few cases", "some groups large", "one group most of all"],
)
def test_the_interval_covers_what_it_says_where_answers_depend_on_each_other(sizes, least):
    """And the interval that takes them for independent does not."""
    rng, sizes = np.random.default_rng(2411), np.array(sizes)
    covered, naive = [], []
    for counts in clustered(rng, sizes, 0.3, 0.4, runs=1000):
        found = repeats.share(rows_of(counts, sizes))
        covered.append(found.low <= 0.3 <= found.high)
        alone = intervals.share(found.count, found.n)
        naive.append(alone.low <= 0.3 <= alone.high)
    assert least <= np.mean(covered) <= 0.98
    assert np.mean(naive) < 0.9


def test_a_difference_is_newcombes_where_answers_are_single_or_only_repeat():
    fixed = sum(was and not now for was, now in zip(BEFORE, AFTER, strict=True))
    broken = sum(now and not was for was, now in zip(BEFORE, AFTER, strict=True))
    expected = known(paired.difference(fixed, broken, sum(BEFORE) - fixed, len(BEFORE)))
    for rows in (singly, thrice):
        assert known(repeats.difference(rows(BEFORE), rows(AFTER))) == pytest.approx(expected)


def test_repeats_that_tell_nothing_of_each_other_narrow_a_difference():
    rng = np.random.default_rng(1)
    before, after = (rng.random((100, 5)) < 0.3).tolist(), (rng.random((100, 5)) < 0.2).tolist()
    once = repeats.difference([row[:1] for row in before], [row[:1] for row in after])
    assert known(repeats.difference(before, after)).width < 0.6 * known(once).width


def test_a_difference_covers_what_it_says_with_repeats_of_uneven_cases():
    rng, covered = np.random.default_rng(2), []
    for _ in range(1000):
        chance = rng.beta(0.5, 1.5, size=(60, 1))
        before, after = rng.random((60, 3)) < chance, rng.random((60, 3)) < 0.6 * chance
        covered.append(known(repeats.difference(before.tolist(), after.tolist())).holds(-0.4 * 0.25))
    assert 0.93 <= np.mean(covered) <= 0.98


@pytest.mark.parametrize("compare", [repeats.difference, repeats.permutation])
@pytest.mark.parametrize(("before", "after"), [([[True]], []), ([[True]], [[True, False]])])
def test_what_does_not_pair_is_refused(compare, before, after):
    with pytest.raises(ValueError, match="zip"):
        compare(before, after)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_with_one_answer_a_case_the_permutation_test_is_mcnemars(pairs):
    before, after = zip(*pairs, strict=True)
    expected = paired.mcnemar(pairs.count((True, False)), pairs.count((False, True)))
    assert repeats.permutation(singly(before), singly(after)) == pytest.approx(expected)


def test_the_permutation_test_is_that_of_scipy():
    rng = np.random.default_rng(1935)
    before, after = rng.random((10, 3)) < 0.6, rng.random((10, 3)) < 0.3
    expected = stats.permutation_test(
        [before.sum(axis=1).tolist(), after.sum(axis=1).tolist()],
        lambda one, other: float(np.sum(one - other)),
        permutation_type="samples",
    )
    assert repeats.permutation(before.tolist(), after.tolist()) == pytest.approx(expected.pvalue)


def test_the_permutation_test_holds_its_level_where_groups_are_large():
    """Customers of five cases each, that fail or do not together: McNemar's test of the cases would not hold it."""
    rng, ps, naive = np.random.default_rng(3), [], []
    for _ in range(500):
        chance = rng.beta(0.2, 0.2, size=(2, 20, 1))
        before, after = rng.random((2, 20, 5)) < chance
        ps.append(repeats.permutation(before.tolist(), after.tolist()))
        naive.append(paired.mcnemar(int((before & ~after).sum()), int((after & ~before).sum())))
    assert np.mean(np.array(ps) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    assert np.mean(np.array(naive) <= 0.05) > 0.15
