from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import Logit
from statsmodels.tools.tools import add_constant

from processor.measure.statistics import trend
from tests.unit.measure.statistics.known import known


def drawn(rng, n, intercept, slope, most=6):
    rules = rng.integers(1, most + 1, size=n)
    kept = rng.random(n) < 1 / (1 + np.exp(-(intercept + slope * rules)))
    return list(zip(rules.tolist(), kept.tolist(), strict=True))


def arrays(rows):
    rules, kept = np.array(rows, dtype=float).T
    return add_constant(rules), kept


def test_with_many_answers_it_is_the_logistic_regression_of_statsmodels():
    rows = drawn(np.random.default_rng(1), 4000, 2, -0.3)
    design, kept = arrays(rows)
    fitted, found = Logit(kept, design).fit(disp=0), trend.adherence(rows)
    assert [found.intercept, found.slope.value] == pytest.approx(fitted.params, abs=0.01)
    assert [found.slope.low, found.slope.high] == pytest.approx(fitted.conf_int()[1], abs=0.005)
    assert found.p == pytest.approx(fitted.pvalues[1], abs=1e-6)
    predicted = fitted.get_prediction([[1, 5]]).summary_frame()
    expected = predicted[["predicted", "ci_lower", "ci_upper"]].iloc[0].tolist()
    assert list(known(found.at(5))) == pytest.approx(expected, abs=0.005)


def test_clustered_errors_are_those_of_statsmodels():
    rng = np.random.default_rng(2)
    cases = np.repeat(np.arange(300), 4)
    lean, rules = np.repeat(rng.normal(scale=2, size=300), 4), np.repeat(rng.integers(1, 7, size=300), 4)
    kept = rng.random(1200) < 1 / (1 + np.exp(-(2 - 0.3 * rules + lean)))
    rows = list(zip(rules.tolist(), kept.tolist(), strict=True))
    design, values = arrays(rows)
    fitted = Logit(values, design).fit(disp=0, cov_type="cluster", cov_kwds={"groups": cases})
    found = trend.adherence(rows, [f"case {case}" for case in cases])
    assert math.sqrt(found.covariance[2]) == pytest.approx(fitted.bse[1], rel=0.02)
    assert math.sqrt(found.covariance[2]) > 1.3 * math.sqrt(trend.adherence(rows).covariance[2])


def test_of_two_numbers_of_rules_the_slope_is_the_log_odds_ratio_with_half_an_answer_added_to_each():
    """What Firth's penalty is in this case: Heinze and Schemper 2002, section 2."""
    rows = [(0, True)] * 20 + [(1, True)] * 15 + [(1, False)] * 5
    assert trend.adherence(rows).slope.value == pytest.approx(math.log(15.5 / 5.5) - math.log(20.5 / 0.5))


def test_rules_that_are_always_kept_show_no_trend_and_claim_little():
    rows = [(rules, True) for rules in (1, 2, 3) for _ in range(20)]
    found = trend.adherence(rows, ["one", "two", "three", "four"] * 15)
    assert found.slope.value == pytest.approx(0, abs=1e-6)
    assert found.p == pytest.approx(1)
    assert known(found.at(3)).low < 0.93


def test_rules_that_are_always_broken_from_some_number_on_show_a_trend():
    found = trend.adherence([(1, True)] * 20 + [(2, False)] * 20)
    assert known(found.slope).high < 0
    assert found.shares[1].share == 1
    assert found.shares[2].share == 0


@pytest.mark.parametrize("rows", [[], [(3, True)], [(3, True), (3, False)]])
def test_one_number_of_rules_is_no_trend(rows):
    found = trend.adherence(rows)
    assert (found.slope.value, found.p, found.at(5).value) == (None, None, None)
    assert "same number" in found.at(5).why


def test_groups_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="2 answers and 1 groups"):
        trend.adherence([(1, True), (2, True)], ["a"])


@pytest.mark.parametrize(("n", "intercept", "slope"), [(50, 3, -0.3), (200, 3, -0.3), (100, 1, 0.0)])
def test_slope_and_prediction_are_covered_at_95_percent_and_more(n, intercept, slope):
    rng, slopes, predictions = np.random.default_rng(1993), [], []
    truth = 1 / (1 + math.exp(-(intercept + slope * 8)))
    for _ in range(400):
        found = trend.adherence(drawn(rng, n, intercept, slope))
        slopes.append(known(found.slope).holds(slope))
        predictions.append(known(found.at(8)).holds(truth))
    assert np.mean(slopes) >= 0.93
    assert np.mean(predictions) >= 0.93
