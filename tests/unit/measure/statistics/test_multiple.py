from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import multitest

from processor.measure.statistics import multiple

PS = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize("ps", [[0.03], [0.04, 0.01, 0.03], [0.2, 0.2, 0.001, 0.9], [0.0, 1.0, 0.012, 0.012, 0.011]])
def test_it_is_that_of_statsmodels(ps):
    assert multiple.holm(ps) == pytest.approx(multitest.multipletests(ps, method="holm")[1])


@given(PS)
def test_no_p_value_gets_smaller_and_none_is_overtaken(ps):
    adjusted = multiple.holm(ps)
    assert all(raw <= corrected <= 1 for raw, corrected in zip(ps, adjusted, strict=True))
    by_raw = [corrected for _, corrected in sorted(zip(ps, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


def test_one_comparison_is_left_as_it_is_and_none_gives_none():
    assert multiple.holm([0.04]) == (0.04,)
    assert multiple.holm([]) == ()


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and 1"):
        multiple.holm([0.5, wrong])


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_any_false_alarm_at_all_comes_in_at_most_5_percent(correlation):
    rng = np.random.default_rng(1979)
    shared, own = rng.standard_normal((4000, 1)), rng.standard_normal((4000, 5))
    ps = 2 * stats.norm.sf(np.abs(np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own))
    alarms = np.mean([min(multiple.holm(row)) <= 0.05 for row in ps.tolist()])
    assert alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)
    assert np.mean((ps <= 0.05).any(axis=1)) > 0.1  # uncorrected it would be far more
