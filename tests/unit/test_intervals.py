from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.views import intervals


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        # Newcombe 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_it_gives_the_published_values(right, total, low, high):
    found = intervals.wilson(right, total)
    assert list(found) == pytest.approx([low, high], abs=5e-5)


def test_nothing_counted_says_nothing():
    assert intervals.wilson(0, 0) == (0, 1)


@pytest.mark.parametrize(("right", "total"), [(-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(right, total):
    with pytest.raises(ValueError, match=f"{right} of {total}"):
        intervals.wilson(right, total)


@given(st.integers(1, 10**6).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_it_holds_the_proportion_and_mirrors(counted):
    right, total = counted
    low, high = intervals.wilson(right, total)
    assert 0 <= low <= right / total + 1e-12
    assert right / total - 1e-12 <= high <= 1
    assert list(intervals.wilson(total - right, total)) == pytest.approx([1 - high, 1 - low])
