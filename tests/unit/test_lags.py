import pytest

from processor.core.views import lags


def partition(number=0, lag=0, oldest_ms=None, expired=0):
    return lags.PartitionLag("untuned.tasks", number, 10, 10 - lag, lag, expired, oldest_ms)


def test_the_sum_has_the_oldest_of_all_ages():
    found = lags.total([partition(0, 3, 7000), partition(1, 2, 5000, expired=4), partition(2)], now_ms=9000)
    assert found == lags.Total(lag=5, expired=4, oldest_age=4.0)


def test_where_nothing_waits_there_is_no_age():
    assert lags.total([partition()], now_ms=9000) == lags.Total(0, 0, None)
    assert lags.total([], now_ms=9000) == lags.Total(0, 0, None)


def test_a_broker_whose_clock_is_ahead_gives_no_negative_age():
    assert lags.total([partition(0, 1, 9500)], now_ms=9000).oldest_age == 0.0


@pytest.mark.parametrize(
    ("committed", "begin", "end", "following"),
    [(None, 3, 10, 3), (5, 3, 10, 5), (10, 3, 10, 10), (1, 3, 10, 3), (11, 3, 10, 3), (None, 0, 0, 0), (0, 0, 5, 0)],
)
def test_a_group_reads_on_at_its_commit_or_from_the_beginning(committed, begin, end, following):
    assert lags.next_offset(committed, begin, end) == following
