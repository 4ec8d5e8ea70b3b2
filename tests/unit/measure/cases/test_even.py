"""A random sample of the events, out of cases that came to be labelled with unlike chances."""

from __future__ import annotations

import pytest

from processor.measure.cases import even
from tests import measured


def test_cases_with_the_same_chance_are_all_kept():
    for chance in (None, 1.0, 0.2):
        given = measured.cases(20, inclusion=chance)
        assert even.even(given, 0) == given
    assert even.even((), 0) == ()


def test_each_event_has_the_same_chance_in_the_end():
    given = [measured.a_case(number, inclusion=None if number <= 4000 else 0.1) for number in range(1, 5001)]
    kept = even.even(given, 3)
    assert sum(case.inclusion is not None for case in kept) == 1000
    assert sum(case.inclusion is None for case in kept) == pytest.approx(400, abs=4 * (4000 * 0.1 * 0.9) ** 0.5)
    assert even.even(given, 3) == kept
    assert even.even(given, 4) != kept
