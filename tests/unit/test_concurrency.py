import math

from hypothesis import given
from hypothesis import strategies as st

from processor.core.pacing.concurrency import LEAST, LONGEST_GAP, QUIET, Concurrency


def test_a_refusal_lowers_the_limit_once_for_a_round_of_calls():
    limit = Concurrency(16)
    for _ in range(16):
        limit.refused(0.0, 1.0, 1.0)
    assert limit.limit == 16 * 0.9
    limit.refused(2.0, 3.0, 3.0)
    assert limit.limit == 16 * 0.9 * 0.7


def test_it_rises_slowly_where_it_was_refused_and_doubles_after_a_quiet_time():
    limit = Concurrency(100)
    limit.refused(0.0, 1.0, 1.0)
    for second in range(2, 10):
        limit.answered(second - 0.5, second)
    assert 97 < limit.limit < 99
    for second in range(10, 10 + int(QUIET)):
        limit.answered(second - 0.5, second)
    assert limit.limit == 100


def test_after_an_outage_it_begins_with_one_and_doubles():
    limit = Concurrency(16)
    limit.restart(0.0)
    seen = []
    for tick in range(1, 13):
        limit.answered((tick - 1) * 0.25, tick * 0.25)
        seen.append(limit.limit)
    assert seen == [1, 2, 2, 4, 4, 8, 8, 16, 16, 16, 16, 16]


def test_an_outage_in_the_slow_start_does_not_forget_what_was_good():
    limit = Concurrency(16)
    limit.restart(0.0)
    limit.restart(1.0)
    for second in range(2, 8):
        limit.answered(second - 0.5, second)
    assert limit.limit == 16


def test_calls_that_take_long_do_not_hold_up_the_slow_start():
    limit = Concurrency(8)
    limit.restart(0.0)
    assert limit.ready(1, 1.0) == 5.0
    assert limit.ready(1, 5.0) == 0.0


def test_where_one_at_a_time_is_too_many_there_are_gaps():
    limit, now = Concurrency(1), 0.0
    for _ in range(50):
        now = max(now, limit.ready(0, now))
        limit.start(now)
        limit.refused(now, now + 0.001, now + 0.001)
        now += 0.001
    assert limit.limit == LEAST
    assert limit.ready(0, now) - now <= LONGEST_GAP
    assert limit.ready(0, now) - now > 0.9 * LONGEST_GAP


def test_a_time_in_which_all_is_refused_is_soon_forgotten():
    limit = Concurrency(16)
    for second in range(20):
        limit.refused(second, second + 0.1, second + 0.1)
    assert limit.limit < 0.1
    for second in range(20, 32):
        limit.answered(second + 0.5, second + 1)
    assert limit.limit == 16


steps = st.lists(
    st.tuples(st.sampled_from(["answered", "refused", "restart", "wait"]), st.floats(0, 10), st.floats(0, 60)),
    max_size=80,
)


@given(st.integers(1, 64), steps)
def test_the_limit_stays_within_bounds_and_somebody_may_always_start_soon(most, taken):
    limit, now = Concurrency(most), 0.0
    for step, seconds, pause in taken:
        started, now = now, now + seconds
        if step == "answered":
            limit.answered(started, now)
        elif step == "refused":
            limit.refused(started, now, now + pause)
        elif step == "restart":
            limit.restart(now)
        assert LEAST <= limit.limit <= most
        assert limit.ready(0, now) <= now + LONGEST_GAP
        assert limit.ready(math.ceil(limit.limit), now) > now
