"""Which thresholds are chosen, and what is said where none can be."""

from __future__ import annotations

import numpy as np
import pytest

from processor.measure.calibration import choose, likelihood
from processor.measure.calibration.cascade import ALWAYS, NEVER, NO_THRESHOLD, Taken, Trace
from processor.measure.calibration.choose import Chosen, Wish
from processor.measure.calibration.values import Costs, Knob

VOTES, SURE = Knob(1, "neighbours", "agreement"), Knob(2, "prompt.md", "confidence")
COSTS = Costs(review_seconds=60, usd_per_hour=30)


def votes(right: dict[int, int], wrong: dict[int, int] | None = None) -> list[Trace]:
    """So many cases by their votes."""
    counts = [(vote, True, count) for vote, count in right.items()]
    counts += [(vote, False, count) for vote, count in (wrong or {}).items()]
    made = [Taken(1, vote, accepted=True, right=good) for vote, good, count in counts for _ in range(count)]
    return [Trace(f"c{number}", each) for number, each in enumerate(made)]


def chosen(traces: list[Trace], max_error: float = 0.05, knobs: tuple[Knob, ...] = (VOTES,)) -> Chosen:
    return choose.choose(traces, knobs, [NO_THRESHOLD] * len(knobs), Wish(max_error), COSTS)


def test_the_most_open_thresholds_that_are_safe():
    found = chosen(votes({5: 400, 4: 200, 3: 100, 1: 40}, {3: 60, 2: 80, 1: 160}))
    assert found.point is not None
    assert found.point.thresholds == (4.0,)
    assert (found.point.errors.count, found.why, found.more) == (0, "", None)
    assert found.point.coverage.share == pytest.approx(600 / 1040, abs=0.05)
    assert found.point.usd == pytest.approx((1 - (found.point.coverage.share or 0)) * 0.5)
    assert found.without.coverage.share == 1.0
    assert found.without.bound > 0.2
    assert found.chosen_on == 260
    assert len(found.certified_on) == 780
    certified = [point.certified for point in found.curve.points]
    assert certified == sorted(certified, reverse=True)
    assert [point.thresholds for point in found.curve.points if point.certified][-1] == (4,)


def test_a_curve_goes_from_safe_to_open():
    points = chosen(votes({5: 400, 4: 200, 3: 100, 1: 40}, {3: 60, 2: 80, 1: 160})).curve.points
    assert [point.thresholds for point in points] == [(5,), (4,), (3,), (2,), (1,)]
    assert [point.usd for point in points] == sorted((point.usd for point in points), reverse=True)
    for point in points:
        assert point.errors.n == point.coverage.count
        assert point.bound >= (point.errors.share or 0)


def test_what_is_not_possible_with_so_few_cases_says_how_many_would_do():
    found = chosen(votes({5: 14}))
    assert found.point is None
    assert found.more is not None
    assert 60 < found.more < 400
    assert found.why == f"not possible with these cases: label {found.more:,} more"
    assert chosen(votes({5: 14 + found.more})).point is not None


def test_where_too_many_are_wrong_no_number_of_cases_helps():
    found = chosen(votes({5: 300}, {5: 100}))
    assert (found.point, found.more) == (None, None)
    assert "100 of 400" in found.why
    assert "More cases will not help" in found.why


def test_what_failed_its_test_is_not_chosen_wherever_the_tests_begin():
    """Too few have six votes to begin with them; those that have five are tested first, and fail."""
    found = chosen(votes({6: 6, 5: 200}, {5: 6}))
    assert [(point.thresholds, point.certified) for point in found.curve.points] == [((6,), False), ((1,), False)]
    assert (found.point, found.more) == (None, 590)
    assert "(0 passed)" in found.method


@pytest.mark.parametrize(
    ("right", "wrong", "more"), [({5: 14}, {}, 278), ({5: 76}, {}, 8), ({5: 100}, {5: 2}, 282), ({5: 190}, {5: 4}, 187)]
)
def test_how_many_more_cases_are_asked_for(right: dict[int, int], wrong: dict[int, int], more: int):
    assert chosen(votes(right, wrong)).more == more


@pytest.mark.parametrize("score", [NEVER, 3.0])
def test_where_nothing_is_accepted_there_is_nothing_to_choose(score: float):
    found = chosen([Trace(str(number), Taken(1, score, accepted=score == NEVER)) for number in range(50)])
    assert (found.point, found.more) == (None, None)
    assert "no answer was accepted" in found.why
    assert found.curve.points == ()


@pytest.mark.parametrize("number", [1, 2])
def test_so_few_that_none_chooses_are_too_few_and_no_sign_that_nothing_is_accepted(number: int):
    found = chosen(votes({5: number}))
    assert found.point is None
    assert found.more is not None
    assert found.more > 60
    assert found.why == f"not possible with these cases: label {found.more:,} more"


def test_the_cheapest_of_two_steps_is_asked_first():
    """Votes of 5 are as good as the model, which costs money: it gets the rest, where it is sure."""
    rng = np.random.default_rng(0)
    traces = []
    for number in range(900):
        sure = float(rng.random())
        model = Taken(2, sure, accepted=True, right=bool(sure > 0.4 or rng.random() > 0.5), usd=0.01)
        high = number % 2 == 0
        traces.append(Trace(str(number), Taken(1, 5.0 if high else 2.0, True, high, short=model)))
    found = chosen(traces, knobs=(VOTES, SURE))
    assert found.point is not None
    assert 2 < found.point.thresholds[0] <= 5
    assert 0.2 < found.point.thresholds[1] < 0.5
    assert (found.point.coverage.share or 0) > 0.75
    assert (found.chosen_on, len(found.certified_on)) == (300, 600)


def test_steps_without_a_threshold_are_tested_as_they_are():
    good = [Trace(str(number), Taken(1, ALWAYS, accepted=True, right=True)) for number in range(200)]
    found = choose.choose(good, (), (), Wish(0.03), COSTS)
    assert found.point is not None
    assert found.point.thresholds == ()


def test_the_split_is_that_of_the_seed_whatever_the_order():
    traces = votes({5: 40})
    first = choose.split(traces, 1, 0.25)
    assert first == choose.split(traces[::-1], 1, 0.25)
    assert first != choose.split(traces, 2, 0.25)
    assert len(first[0]) == 10
    assert {trace.case for part in first for trace in part} == {trace.case for trace in traces}


@pytest.mark.parametrize(
    ("scores", "wrong"),
    [([], []), ([3.0], [1.0]), ([1.0, 2.0, 3.0], [0, 0, 0]), ([1.0, 2.0, 3.0], [0, 1, 1]), ([1.0] * 5, [1] * 5)],
)
def test_a_higher_score_is_never_taken_for_worse(scores: list[float], wrong: list[float]):
    made = likelihood.fit(np.array(scores, float), np.array(wrong, float))
    found = made.of(np.array([0.0, 1.0, 2.0, 3.0, 9.0]))
    assert all(0 < each < 1 for each in found)
    assert all(np.diff(found) <= 1e-9)
