from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from processor.measure.statistics import agreement
from tests.unit.measure.statistics.known import known

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=60)


def from_table(table):
    """The labels of both, from how often the one gave i and the other j."""
    pairs = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [i for i, _ in pairs], [j for _, j in pairs]


@pytest.mark.parametrize(
    "table",
    [[[20, 5], [10, 15]], [[88, 14, 18], [10, 40, 10], [2, 6, 12]], [[50, 1], [0, 3]], [[1, 5], [5, 1]]],
)
def test_kappa_is_that_of_statsmodels(table):
    first, second = from_table(table)
    assert agreement.kappa(first, second).value == pytest.approx(inter_rater.cohens_kappa(np.array(table)).kappa)


def test_kappa_has_cohens_published_value():
    """Cohen 1960, table 1, as counts of 200: kappa 0.492."""
    assert agreement.kappa(*from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])).value == pytest.approx(
        0.492, abs=5e-4
    )


def test_the_raw_agreement_is_a_share():
    found = agreement.raw(["a", "b", "a"], ["a", "b", "b"])
    assert (found.count, found.n) == (2, 3)


@pytest.mark.parametrize(("labels", "why"), [([], "no cases"), (["a"] * 9, "one label")])
def test_where_chance_explains_all_kappa_is_undetermined(labels, why):
    found = agreement.kappa(labels, labels)
    assert found.value is None
    assert why in found.why


def test_always_agreeing_is_not_certain_to_go_on():
    found = known(agreement.kappa(["a", "b"] * 10, ["a", "b"] * 10))
    assert found.value == found.high == 1
    assert 0.6 < found.low < 0.7


def test_what_does_not_pair_is_refused():
    with pytest.raises(ValueError, match="zip"):
        agreement.kappa(["a"], [])


@given(LABELS)
def test_kappa_lies_in_its_interval_and_does_not_ask_who_came_first(pairs):
    first, second = zip(*pairs, strict=True)
    found = agreement.kappa(first, second)
    assert agreement.kappa(second, first).value == pytest.approx(found.value)
    if found.value is not None:
        value, low, high = known(found)
        assert -1 <= low <= value + 1e-12
        assert value - 1e-12 <= high <= 1 + 1e-12


def kappa_coverage(truth, n, runs=1000):
    """How often the interval holds the true kappa, where it is determined."""
    rng = np.random.default_rng(1960)
    chance = truth.sum(axis=0) @ truth.sum(axis=1)
    kappa = (np.trace(truth) - chance) / (1 - chance)
    held = []
    for counts in rng.multinomial(n, truth.ravel(), size=runs):
        found = agreement.kappa(*from_table(counts.reshape(truth.shape).tolist()))
        if found.value is not None:
            held.append(known(found).holds(kappa))
    return np.mean(held)


@pytest.mark.parametrize("n", [50, 100])
@pytest.mark.parametrize("kappa", [0.0, 0.4, 0.7, 0.9])
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.6, 0.2, 0.1, 0.1)], ids=str)
def test_the_interval_covers_kappa(n, kappa, shares):
    truth = kappa * np.diag(shares) + (1 - kappa) * np.outer(shares, shares)
    assert kappa_coverage(truth, n) >= 0.93


def test_the_usual_interval_covers_far_less_where_reviewers_nearly_always_agree():
    truth = 0.9 * np.diag([0.9, 0.1]) + 0.1 * np.outer([0.9, 0.1], [0.9, 0.1])
    tables = np.random.default_rng(1969).multinomial(50, truth.ravel(), size=150).reshape(-1, 2, 2)
    with np.errstate(invalid="ignore"):
        found = [inter_rater.cohens_kappa(table) for table in tables if table[0, 0] < 50]
    assert np.mean([each.kappa_low <= 0.9 <= each.kappa_upp for each in found]) < 0.75
