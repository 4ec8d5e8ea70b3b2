"""What lies between rungs, and what people make of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.measure.ladder import compute, people
from processor.measure.ladder.steps import NONE_REMOVED, UNPRICED
from tests import measured


def ladder(letters, **changes):
    return compute.of(measured.a_run(letters, **changes), "$.category")


def step(found, before, after):
    return next(each for each in found.steps if (each.before, each.after) == (before, after))


def test_each_rung_is_compared_with_the_one_before_and_with_the_vote():
    found = ladder({"vote": "rw", "prompt": "rw", "retrieval": "rw", "rules": "re"})
    assert [(each.before, each.after) for each in found.steps] == [
        ("prompt", "retrieval"),
        ("retrieval", "rules"),
        ("rules", "people"),
        ("vote", "prompt"),
        ("vote", "retrieval"),
        ("vote", "rules"),
    ]
    assert [each.rung for each in found.rungs] == ["vote", "prompt", "retrieval", "rules", "people"]


def test_a_rung_that_was_left_out_is_left_out():
    found = ladder({"prompt": "rw", "rules": "rr"})
    assert [(each.before, each.after) for each in found.steps] == [("prompt", "rules"), ("rules", "people")]
    assert found.rung("retrieval") is None


def test_a_step_counts_what_flipped():
    found = step(ladder({"prompt": "wwwwwwerrr", "retrieval": "rrrrrrwrwr"}), "prompt", "retrieval")
    assert found.fixed == ("c1", "c2", "c3", "c4", "c5", "c6")
    assert found.broken == ("c9",)
    assert found.p == pytest.approx(2 * 8 / 128)  # of 7 flips, 0 or 1 one way
    assert found.difference.value == pytest.approx(-0.5)
    # By hand, Newcombe's method 10: Wilson's intervals of 7 and 2 of 10, phi 0 since 1 * 2 < 6 * 1 + 5.
    assert (found.difference.low, found.difference.high) == pytest.approx((-0.7421, -0.0440), abs=0.05)


def test_p_values_are_corrected_together_and_it_is_said():
    found = ladder({"prompt": "w" * 12, "retrieval": "r" * 11 + "w", "rules": "r" * 11 + "e"})
    ps = [each.p for each in found.steps]
    assert ps == pytest.approx([2 / 2**11, 1, 1])
    assert [each.p_adjusted for each in found.steps] == pytest.approx([3 * 2 / 2**11, 1, 1])
    assert "3 comparisons" in found.correction
    assert "Holm" in found.correction
    assert "no correction" in ladder({"prompt": "rw", "retrieval": "rr"}).correction


def test_the_price_of_a_failure_less():
    by_rung = {"prompt": {"cost": 0.01}, "retrieval": {"cost": 0.03}}
    found = step(ladder({"prompt": "w" * 8 + "rr", "retrieval": "r" * 10}, by_rung=by_rung), "prompt", "retrieval")
    assert found.usd_per_fix.value == pytest.approx(0.02 / 0.8)
    unsure = step(ladder({"prompt": "wwrr", "retrieval": "rrww"}, by_rung=by_rung), "prompt", "retrieval")
    assert unsure.usd_per_fix.value is None
    worse = step(ladder({"prompt": "r" * 10, "retrieval": "w" * 8 + "rr"}, by_rung=by_rung), "prompt", "retrieval")
    assert worse.usd_per_fix == NONE_REMOVED
    unpriced = {"prompt": {"cost": None}}
    assert (
        step(ladder({"prompt": "w", "retrieval": "r"}, by_rung=unpriced), "prompt", "retrieval").usd_per_fix == UNPRICED
    )


def test_groups_are_the_sample():
    alone = measured.a_run({"prompt": "w" * 12, "retrieval": "r" * 12})
    together = measured.cases(12, group="one thread")
    assert compute.of(alone).steps[0].p == pytest.approx(2 / 2**12)
    found = compute.of(measured.a_run({"prompt": "w" * 12, "retrieval": "r" * 12}, together)).steps[0]
    assert found.p == 1


@settings(deadline=None, max_examples=40)
@given(st.text("rwen", min_size=2, max_size=10), st.integers(2, 3))
def test_repeats_that_say_the_same_make_no_step_surer(letters, repeats):
    after = letters[::-1]
    monkey = pytest.MonkeyPatch()
    monkey.setattr(compute, "planned", lambda _: ())
    once = ladder({"prompt": letters, "retrieval": after}).steps[0]
    more = ladder({"prompt": " ".join([letters] * repeats), "retrieval": " ".join([after] * repeats)}).steps[0]
    monkey.undo()
    assert (more.fixed, more.broken) == (once.fixed, once.broken)
    assert more.p == pytest.approx(once.p)
    ours, theirs = more.difference, once.difference
    assert ours.value == pytest.approx(theirs.value)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_people_settle_what_is_sent_to_them():
    found = ladder({"rules": "rrwweeno"})
    rung = found.rung("people")
    assert rung is not None
    assert (rung.failures.count, rung.failures.n) == (2, 8)
    assert (rung.coverage.count, rung.coverage.n) == (4, 8)
    assert rung.usd is None
    each = step(found, "rules", "people")
    assert each.fixed == ("c5", "c6", "c7", "c8")
    assert each.broken == ()
    assert "reviewers" in each.usd_per_fix.why


def test_people_are_as_right_as_it_is_said():
    found = compute.of(measured.a_run({"rules": "rrweeeeeee"}), reviewer_error=0.2)
    rung = found.rung("people")
    assert rung is not None
    assert rung.failures.count == 1 + 2  # 1.4 of 7, rounded up
    assert len(step(found, "rules", "people").fixed) == 5
    assert any("20 %" in note for note in found.notes)


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        ([], (0, 0, None)),
        ([None, None], (0, 0, None)),
        ([True] * 9 + [None], (9, 0, 0)),
        ([True] * 82 + [False] * 18, (100, 18, pytest.approx(0.1))),  # 2 * 0.1 * 0.9
        ([False, False, True], (3, 2, None)),
    ],
)
def test_disagreement_implies_an_error(agreed, expected):
    cases = [measured.a_case(count, agreed=each) for count, each in enumerate(agreed)]
    assert people.reviewer_error(cases) == expected


def test_the_plan_is_for_the_flips_between_the_last_two_rungs():
    found = ladder({"prompt": "w" * 10, "retrieval": "r" * 10, "rules": "r" * 8 + "ww"})
    assert [each.difference for each in found.plan] == [0.01, 0.02, 0.05, 0.10]
    assert {each.discordant for each in found.plan} == {0.2}
    cases = [each.cases for each in found.plan]
    assert None not in cases
    assert cases == sorted(cases, key=lambda number: -(number or 0))
    assert {each.discordant for each in ladder({"rules": "rw"}).plan} == {compute.UNKNOWN}
