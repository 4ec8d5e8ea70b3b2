import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.pacing.budget import MINUTE, Bucket, Budget, Limits, Spent


@given(
    st.floats(1, 6000),
    st.integers(1, 8),
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 500)), min_size=1, max_size=80),
)
def test_over_time_no_more_than_the_budget_is_spent_beyond_the_calls_in_flight(per_minute, at_once, calls):
    bucket = Bucket()
    now, used = 0.0, 0.0
    in_flight: list[tuple[float, float]] = []
    most = max(tokens for _, tokens in calls)
    for seconds, tokens in calls:
        now += seconds
        if len(in_flight) >= at_once or not math.isfinite(bucket.ready(now, per_minute)):
            bucket.settle(*in_flight.pop(0))
        now = max(now, bucket.ready(now, per_minute))
        in_flight.append((bucket.take(now, per_minute), tokens))
        used += tokens
        assert used <= per_minute / MINUTE * (1 + now) + at_once * most + 1e-6


@given(st.floats(0.1, 6000), st.lists(st.floats(0, 30), min_size=1, max_size=80))
def test_requests_never_exceed_their_budget(per_minute, pauses):
    budget, limits = Budget(), Limits(requests=per_minute)
    now = 0.0
    for count, seconds in enumerate(pauses, start=1):
        now = max(now + seconds, budget.ready(now + seconds, limits))
        budget.start(now, limits)
        assert count <= per_minute / MINUTE * now + max(1.0, per_minute / MINUTE) + 1e-6


def test_one_call_at_a_time_until_it_is_known_what_calls_take():
    budget, limits = Budget(), Limits(tokens=6000)
    charge = budget.start(0.0, limits)
    assert budget.ready(0.0, limits) == math.inf
    budget.end(charge, Spent(50))
    assert budget.ready(0.0, limits) == 0.0


def test_a_dear_call_is_paid_off_before_the_next():
    budget, limits = Budget(), Limits(usd=0.6)
    budget.end(budget.start(0.0, limits), Spent(1, 0.31))
    assert budget.ready(0.0, limits) == pytest.approx(30.1)


def test_a_call_that_was_not_answered_is_not_charged_but_for_its_request():
    budget, limits = Budget(), Limits(requests=60, tokens=6000)
    budget.end(budget.start(0.0, limits), Spent(100))
    budget.end(budget.start(2.0, limits), None)
    assert budget.ready(2.0, limits) == pytest.approx(3.0)
    assert budget.ready(2.0, Limits(tokens=6000)) == 2.0


def test_a_limit_that_changes_holds_from_the_next_call_on():
    budget = Budget()
    for _ in range(2):
        budget.end(budget.start(0.0, Limits(tokens=60)), Spent(10))
    assert budget.ready(0.0, Limits(tokens=60)) > 10
    assert budget.ready(0.0, Limits(tokens=60_000)) < 0.2
    assert budget.ready(0.0, Limits()) == 0.0


def test_what_nobody_counts_is_not_limited():
    budget, limits = Budget(), Limits(usd=1.0)
    for _ in range(3):
        assert budget.ready(0.0, limits) == 0.0
        budget.end(budget.start(0.0, limits), Spent(100, None))
