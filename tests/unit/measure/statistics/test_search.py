from __future__ import annotations

import pytest

from processor.measure.statistics import search


@pytest.mark.parametrize("wanted", [1, 2, 3, 63, 64, 65, 999, 1000])
def test_it_finds_the_least_up_to_the_most(wanted):
    assert search.least(lambda n: n >= wanted, 1000) == wanted


@pytest.mark.parametrize("most", [1, 3, 1000])
def test_where_nothing_suffices_there_is_none(most):
    assert search.least(lambda n: n > most, most) is None


def test_where_numbers_suffice_and_fall_short_again_its_predecessor_falls_short():
    def suffices(n):
        return n >= 100 and n % 7 != 0

    found = search.least(suffices, 10_000)
    assert found is not None
    assert suffices(found)
    assert not suffices(found - 1)
