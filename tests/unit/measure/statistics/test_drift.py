from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from processor.measure.statistics import drift
from tests.unit.measure.statistics.known import some

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1)


def counts(values):
    return {str(label): int(count) for label, count in enumerate(values)}


def test_many_cases_are_held_to_the_chi_square_distribution():
    found = drift.labels({"a": 60, "b": 40}, {"a": 45, "b": 55})
    assert found.p == pytest.approx(stats.chi2_contingency([[60, 40], [45, 55]], correction=False).pvalue)
    assert found.distance == pytest.approx(0.15)


def test_few_cases_are_held_to_tables_with_the_same_margins():
    """Of two labels that is Fisher's exact test, but for the ties of the statistic."""
    found = drift.labels({"a": 6, "b": 1}, {"a": 1, "b": 6})
    assert found.p == pytest.approx(stats.fisher_exact(np.array([[6, 1], [1, 6]])).pvalue, abs=0.01)
    assert found == drift.labels({"a": 6, "b": 1}, {"a": 1, "b": 6})
    assert found.p != stats.chi2_contingency([[6, 1], [1, 6]], correction=False).pvalue


def test_a_label_that_is_new_counts():
    found = drift.labels({"a": 50, "b": 50}, {"a": 25, "b": 25, "c": 50})
    assert found.distance == pytest.approx(0.5)
    assert some(found.p) < 1e-6


def test_a_label_that_came_as_often_counts_too():
    assert drift.labels({"a": 10, "b": 10}, {"a": 10, "b": 30}).distance == pytest.approx(0.25)


@pytest.mark.parametrize(("before", "now"), [({}, {"a": 3}), ({"a": 3}, {}), ({"a": 3}, {"b": 0}), ({}, {})])
def test_without_cases_on_both_sides_nothing_is_said(before, now):
    assert drift.labels(before, now) == drift.Drift(None, None, None)


def test_one_label_on_both_sides_is_no_drift():
    assert drift.labels({"a": 3}, {"a": 30, "b": 0}) == drift.Drift(1, 0, 0)


@given(COUNTS)
def test_the_same_shares_are_no_distance_apart(found):
    same = drift.labels({label: 10 * count for label, count in found.items()}, found)
    assert same.distance == pytest.approx(0)
    assert same.p == pytest.approx(1)


def test_the_distance_to_expect_by_chance_is_about_that_of_a_simulation():
    rng = np.random.default_rng(77)
    shares = rng.dirichlet(np.ones(20))
    draws = rng.multinomial(300, shares, size=25), rng.multinomial(150, shares, size=25)
    found = [drift.labels(counts(one), counts(other)) for one, other in zip(*draws, strict=True)]
    expected = np.mean([each.distance for each in found])
    assert np.mean([each.by_chance for each in found]) == pytest.approx(expected, rel=0.1)
    assert expected > 0.1


def test_few_cases_hold_their_level():
    rng = np.random.default_rng(5)
    draws = rng.multinomial(12, [0.7, 0.1, 0.1, 0.1], size=(150, 2))
    alarms = [some(drift.labels(counts(before), counts(now)).p) <= 0.05 for before, now in draws]
    assert np.mean(alarms) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_an_error_rate_above_the_guaranteed_one_is_seen():
    assert drift.worse(9, 100, 0.03) == pytest.approx(stats.binom.sf(8, 100, 0.03))
    assert drift.worse(9, 100, 0.03) < 0.01
    assert drift.worse(3, 100, 0.03) > 0.5
    assert drift.worse(0, 100, 0.03) == drift.worse(0, 0, 0.03) == 1


@pytest.mark.parametrize("n", [20, 100, 500])
def test_a_rate_that_is_kept_is_called_worse_in_at_most_5_percent(n):
    errors = np.arange(n + 1)
    alarms = np.array([drift.worse(count, n, 0.03) <= 0.05 for count in errors.tolist()])
    assert stats.binom.pmf(errors, n, 0.03)[alarms].sum() <= 0.05
