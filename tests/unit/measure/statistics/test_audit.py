from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from processor.core.views.intervals import wilson
from processor.measure.statistics import audit, intervals
from tests.unit.measure.statistics.known import known

AUDITS = st.lists(st.tuples(st.booleans(), st.floats(0.01, 1)), min_size=1, max_size=40)
HITS = (True, False, True, True, False, False, False)
CHANCES = (0.9, 0.5, 0.2, 0.4, 1.0, 0.3, 0.6)


def samples():
    """All samples that can be drawn of the seven, each with its chance."""
    for drawn in itertools.product([True, False], repeat=len(HITS)):
        chance = np.prod([p if taken else 1 - p for taken, p in zip(drawn, CHANCES, strict=True)])
        yield list(itertools.compress(HITS, drawn)), list(itertools.compress(CHANCES, drawn)), float(chance)


def test_it_is_unbiased():
    """Over all samples that can be drawn: exactly, and not by simulation. A sample without audits counts as 0."""
    mean = sum(
        chance * (audit.horvitz_thompson(hits, inclusion, 7).value or 0) for hits, inclusion, chance in samples()
    )
    assert mean == pytest.approx(sum(HITS) / 7, abs=1e-12)


def test_the_estimate_of_its_variance_is_unbiased():
    drawn = list(samples())
    values = [(audit.horvitz_thompson(hits, inclusion, 7).value or 0, chance) for hits, inclusion, chance in drawn]
    variance = sum(chance * (value - sum(HITS) / 7) ** 2 for value, chance in values)
    mean = sum(chance * audit.variance(hits, inclusion, 7) for hits, inclusion, chance in drawn)
    assert mean == pytest.approx(variance, abs=1e-12)


def test_a_plain_share_of_the_audits_would_be_biased():
    plain = sum(chance * np.mean(hits) for hits, _, chance in samples() if hits)
    assert abs(plain - sum(HITS) / 7) > 0.03


def test_with_equal_chances_the_interval_is_the_exact_one_of_a_rare_count():
    """Garwood's of a Poisson count: Fay and Feuer 1997 say so of equal weights."""
    found = audit.horvitz_thompson([True] * 4 + [False] * 96, [0.1] * 100, 1000)
    exact = stats.chi2.ppf([0.025, 0.975], [8, 10]) / 2 / 100
    assert [found.low, found.high] == pytest.approx(exact)
    assert found.value == pytest.approx(0.04)


def test_without_a_hit_the_interval_is_not_empty():
    found = audit.horvitz_thompson([False] * 100, [0.1] * 100, 1000)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.0369, abs=1e-4)


@pytest.mark.parametrize("estimate", [audit.hajek, lambda hits, chances: audit.horvitz_thompson(hits, chances, 10)])
def test_without_audits_it_is_undetermined(estimate):
    assert estimate([], []).value is None
    assert "audits" in estimate([], []).why


def test_with_equal_chances_hajeks_is_the_share_of_the_audits():
    found, share = audit.hajek([True] * 4 + [False] * 96, [0.1] * 100), intervals.share(4, 100)
    assert (found.value, found.low, found.high) == pytest.approx((share.share, share.low, share.high))


@pytest.mark.parametrize(
    ("hits", "chances", "value", "effective"),
    [
        ([True, False, False, False], [0.1, 0.5, 0.5, 0.5], 10 / 16, 16**2 / (10**2 + 3 * 2**2)),
        # Those that weigh most are unlike: their errors say less than the weights alone would.
        ([True, *[False] * 5], [0.1, 0.1, *[1.0] * 4], 10 / 24, 10 * 14 * 24**2 / (140**2 + 100**2 + 4 * 10**2)),
        ([True] * 3, [0.1, 0.5, 0.5], 1.0, 14**2 / (10**2 + 2 * 2**2)),
        ([False] * 3, [0.1, 0.5, 0.5], 0.0, 14**2 / (10**2 + 2 * 2**2)),
    ],
)
def test_with_unlike_chances_it_is_wilsons_at_the_effective_size(hits, chances, value, effective):
    found = audit.hajek(hits, chances)
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == pytest.approx(wilson(value * effective, effective))


@pytest.mark.parametrize("hits", [[True, True, False, False] * 10, [False] * 40, [True] * 40])
def test_audits_that_only_repeat_each_other_count_once(hits):
    """Four of each customer say what one of them says."""
    chances = [0.1, 0.5] * 20
    once = known(audit.hajek(hits, chances))
    four = known(audit.hajek(hits * 4, chances * 4, [f"g{number}" for number in range(40)] * 4))
    assert (four.value, four.low, four.high) == pytest.approx((once.value, once.low, once.high))


@pytest.mark.parametrize("groups", [[f"g{number}" for number in range(40)], [""] * 40])
def test_audits_that_share_nothing_are_independent(groups):
    hits, chances = [True, False, False, True] * 10, [0.1, 0.5] * 20
    assert audit.hajek(hits, chances, groups) == audit.hajek(hits, chances)


def test_audits_of_one_group_say_as_little_as_one():
    found = known(audit.hajek([True, False] * 20, [0.1, 0.5] * 20, ["g"] * 40))
    assert (found.low, found.high) == pytest.approx(wilson(found.value, 1))


def test_as_many_groups_as_audits_are_needed():
    with pytest.raises(ValueError, match="2 audits and 1 groups"):
        audit.hajek([True, False], [0.5, 0.5], ["a"])


@given(AUDITS)
def test_an_interval_holds_its_value(audits):
    hits, chances = zip(*audits, strict=True)
    ratio = known(audit.hajek(hits, chances))
    assert 0 <= ratio.low <= ratio.value + 1e-9
    assert ratio.value - 1e-9 <= ratio.high <= 1
    total = known(audit.horvitz_thompson(hits, chances, 5000))
    assert 0 <= total.low <= total.value + 1e-9
    assert total.value <= total.high
    assert audit.variance(hits, chances, 5000) >= 0


@pytest.mark.parametrize(
    ("hits", "chances", "population"),
    [([True], [0.5, 0.5], 10), ([True], [0.0], 10), ([True], [1.1], 10), ([True, True], [1, 1], 1), ([True], [1], 0)],
)
def test_what_cannot_be_is_refused(hits, chances, population):
    with pytest.raises(ValueError, match=r"audits|inclusion"):
        audit.horvitz_thompson(hits, chances, population)


@pytest.mark.parametrize("chances", [(0.05, 0.05), (0.1, 0.5), (0.02, 1.0)])
def test_both_cover_what_they_say_where_the_unsure_are_audited_more(chances):
    """The unsure fifth of the results is wrong ten times as often."""
    rng, total, ratio = np.random.default_rng(1952), [], []
    for _ in range(600):
        unsure = rng.random(1500) < 0.2
        wrong = rng.random(1500) < np.where(unsure, 0.2, 0.02)
        inclusion = np.where(unsure, chances[1], chances[0])
        drawn = rng.random(1500) < inclusion
        audits = wrong[drawn].tolist(), inclusion[drawn].tolist()
        total.append(known(audit.horvitz_thompson(*audits, 1500)).holds(wrong.mean()))
        ratio.append(known(audit.hajek(*audits)).holds(wrong.mean()))
    assert np.mean(total) >= 0.94
    assert np.mean(ratio) >= 0.93


def test_it_covers_what_it_says_where_those_of_a_customer_are_alike():
    """Sixty customers of up to ten events; without their groups the interval holds the true share too seldom."""
    rng, alone, grouped = np.random.default_rng(1971), [], []
    for _ in range(600):
        sizes, rates = rng.integers(1, 11, 60), rng.beta(0.6, 2.4, 60)
        customer = np.repeat(np.arange(60), sizes)
        wrong = rng.random(len(customer)) < rates[customer]
        inclusion = np.where(rng.random(len(customer)) < 0.5, 1.0, 0.4)
        drawn = rng.random(len(customer)) < inclusion
        audits = wrong[drawn].tolist(), inclusion[drawn].tolist()
        alone.append(known(audit.hajek(*audits)).holds(0.2))
        grouped.append(known(audit.hajek(*audits, [f"c{each}" for each in customer[drawn]])).holds(0.2))
    assert np.mean(grouped) >= 0.92
    assert np.mean(alone) < np.mean(grouped) - 0.03
