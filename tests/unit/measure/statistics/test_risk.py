from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from processor.measure.statistics import intervals, risk
from tests.unit.measure.statistics.known import some

RUNS = 2000


def at_most(delta):
    """The most that a chance of at most delta may come to in the runs of a simulation."""
    return delta + 3 * math.sqrt(delta * (1 - delta) / RUNS)


def test_the_p_value_is_the_exact_binomial_one():
    found = risk.p_value(2, 200, 0.03)
    assert found == pytest.approx(stats.binomtest(2, 200, 0.03, alternative="less").pvalue)
    assert risk.p_value(0, 100, 0.03) == pytest.approx(0.97**100)


def test_what_accepts_nothing_shows_nothing():
    assert risk.p_value(0, 0, 0.03) == 1


@pytest.mark.parametrize(("errors", "accepted", "target"), [(-1, 5, 0.1), (6, 5, 0.1), (1, 5, 1.1)])
def test_what_cannot_be_is_refused(errors, accepted, target):
    with pytest.raises(ValueError, match="at a target"):
        risk.p_value(errors, accepted, target)


@given(
    st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.floats(0.001, 0.5),
    st.sampled_from([0.01, 0.05, 0.1]),
)
def test_the_test_passes_just_where_clopper_and_pearsons_bound_is_at_most_the_target(counted, target, delta):
    errors, accepted = counted
    bound = intervals.upper(errors, accepted, 1 - delta)
    if abs(bound - target) > 1e-9:
        assert (risk.p_value(errors, accepted, target) <= delta) == (bound <= target)


def test_a_fixed_sequence_ends_at_the_first_that_does_not_pass():
    assert risk.fixed_sequence([0.01, 0.05, 0.06, 0.01], 0.05) == 2
    assert risk.fixed_sequence([0.2, 0.01], 0.05) == 0
    assert risk.fixed_sequence([0.01, 0.01], 0.05) == 2
    assert risk.fixed_sequence([], 0.05) == 0


THRESHOLDS = np.linspace(0.75, 0.1, 14)
"""From strict to loose. Scores go from 0 to 1, and a case is wrong with the chance (1 - score)³."""
TRUE_RISKS = (1 - THRESHOLDS) ** 3 / 4
"""By threshold, the error rate among the cases with at least its score."""


def drawn(rng, n):
    """p-values by run and threshold at a target of 3 %."""
    scores = rng.random((RUNS, n, 1))
    wrong = rng.random((RUNS, n, 1)) < (1 - scores) ** 3
    accepted = np.stack([(scores >= threshold).sum(axis=(1, 2)) for threshold in THRESHOLDS], axis=1)
    errors = np.stack([(wrong & (scores >= threshold)).sum(axis=(1, 2)) for threshold in THRESHOLDS], axis=1)
    return np.where(accepted, stats.binom.cdf(errors, accepted, 0.03), 1.0)


@pytest.mark.parametrize("delta", [0.05, 0.1])
def test_the_promise_is_kept_at_its_confidence(delta):
    """The share of runs in which a threshold is promised whose true error rate is above the target is at most delta."""
    ps = drawn(np.random.default_rng(2110), 600)
    above = TRUE_RISKS > 0.03
    sequences = [risk.fixed_sequence(row, delta) for row in ps.tolist()]
    broken = [above[:many].any() for many in sequences]
    assert np.mean(broken) <= at_most(delta)
    assert np.mean(np.array(sequences) > 0) > 0.5  # it promises something, too
    best_of_all = [above[np.array(row) <= delta].any() for row in ps.tolist()]
    assert np.mean(best_of_all) > np.mean(broken)  # what choosing among all, uncorrected, would do


def test_at_just_the_target_the_promise_is_broken_no_more_often_than_said():
    errors = np.random.default_rng(1).binomial(300, 0.03, size=RUNS)
    promised = [risk.p_value(count, 300, 0.03) <= 0.05 for count in errors.tolist()]
    assert np.mean(promised) <= at_most(0.05)


@pytest.mark.parametrize(("target", "delta"), [(0.03, 0.05), (0.01, 0.1)])
def test_without_errors_it_takes_the_logarithms_of_both(target, delta):
    assert risk.cases_needed(0, target, delta) == math.ceil(math.log(delta) / math.log(1 - target))


@pytest.mark.parametrize("rate", [0.005, 0.01, 0.02])
def test_so_many_cases_show_it_with_the_power_asked_for(rate):
    n = some(risk.cases_needed(rate, 0.03, 0.05))
    errors = np.arange(n + 1)
    passes = stats.binom.cdf(errors, n, 0.03) <= 0.05
    assert stats.binom.pmf(errors, n, rate)[passes].sum() >= 0.8
    assert n < some(risk.cases_needed(rate, 0.03, 0.05, power=0.95))
    assert n < some(risk.cases_needed(rate + 0.005, 0.03, 0.05))


@pytest.mark.parametrize("rate", [0.03, 0.1, 0.0299999])
def test_where_no_cases_would_show_it_it_says_so(rate):
    assert risk.cases_needed(rate, 0.03, 0.05) is None
