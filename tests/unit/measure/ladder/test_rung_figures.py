"""The figures of one rung, counted by hand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.core.records import Reason, Usage
from processor.measure.figures import Latency, Share
from processor.measure.ladder import compute, rung
from processor.measure.records import Score
from tests import measured

if TYPE_CHECKING:
    import random

LETTERS = st.text("rwen", min_size=1, max_size=12)
QUICK = settings(deadline=None, max_examples=40)


@pytest.fixture(autouse=True, scope="module")
def no_plan():
    """The plan is a second of arithmetic, and not what these tests are about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compute, "planned", lambda _: ())
        yield


def figures(letters, **changes):
    found = compute.of(measured.a_run({"rules": letters}, **changes), "$.category").rung("rules")
    assert found is not None
    return found


def counts(share):
    return share.count, share.n


def near(share, count, n, low, high):
    assert counts(share) == (count, n)
    assert (share.low, share.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("letters", "failures", "silent", "coverage"),
    [
        ("r", (0, 1), (0, 1), (1, 1)),
        ("w", (1, 1), (1, 1), (1, 1)),
        ("e", (1, 1), (0, 0), (0, 1)),
        ("o", (1, 1), (0, 0), (0, 1)),  # the right answer, held back: people had to look
        ("n", (1, 1), (0, 0), (0, 1)),
        ("rrwe", (2, 4), (1, 3), (3, 4)),
        ("rrrwwen", (4, 7), (2, 5), (5, 7)),
    ],
)
def test_counts(letters, failures, silent, coverage):
    found = figures(letters)
    assert counts(found.failures) == failures
    assert counts(found.silent) == silent
    assert counts(found.coverage) == coverage


def test_shares_have_wilsons_interval():
    near(figures("rrrrrrrwwe").failures, 3, 10, 0.10779, 0.60322)
    near(figures("rrrrrrrwwe").silent, 2, 9, 0.06323, 0.54741)
    assert figures("e").silent == Share(0, 0, 0.0, 1.0)
    assert figures("e").silent.share is None


def test_fields_are_those_of_accepted_answers():
    found = figures("rrwe")
    assert {place: counts(share) for place, share in found.fields.items()} == {"$.category": (1, 3), "$.reason": (0, 3)}


def test_fields_that_are_not_labelled_are_not_counted():
    partly = measured.a_case(2, expected={"category": "card"})
    found = figures("rr", given=(measured.a_case(1), partly))
    assert {place: share.n for place, share in found.fields.items()} == {"$.category": 2, "$.reason": 1}


def test_classes_are_those_of_the_labels_the_most_frequent_first():
    given = (*measured.cases(2), measured.a_case(3, expected=measured.WRONG), measured.a_case(4, expected={}))
    refund = dataclasses.replace(given[2])
    found = figures("rwer", given=(given[0], given[1], refund, given[3]))
    assert {name: counts(share) for name, share in found.classes.items()} == {"card": (1, 2), "refund": (1, 1)}
    assert list(found.classes) == ["card", "refund"]


def test_means_of_an_event():
    case, other = measured.cases(2)
    outcomes = (
        measured.an_outcome(case, cost=0.01, usage=Usage(100, 10), seconds=1.0),
        measured.an_outcome(
            other,
            "e",
            cost=0.03,
            usage=Usage(300, 50),
            seconds=3.0,
            attempts=(measured.an_attempt(1), measured.an_attempt(2), measured.an_attempt(3)),
            reason=Reason.RULE,
        ),
    )
    found = compute.of(measured.a_run({}, (case, other), outcomes=outcomes)).rung("rules")
    assert found is not None
    assert found.usd == pytest.approx(0.02)
    assert found.tokens == (200.0, 30.0)
    assert found.retries == 1
    assert found.escalated == {"rule": 1}
    assert found.latency == Latency(1.0, 3.0, 3.0)


def test_an_unknown_price_is_no_price():
    run = measured.a_run({"rules": "rr"})
    first, second = run.outcomes
    run = dataclasses.replace(run, outcomes=(first, dataclasses.replace(second, cost=None)))
    assert compute.of(run).rungs[0].usd is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], (None, None, None)),
        ([0.0], (None, None, None)),
        ([2.0], (2, 2, 2)),
        ([4, 1, 3, 2], (2, 4, 4)),
        (list(range(1, 101)), (50, 95, 99)),
    ],
)
def test_latency_is_by_nearest_rank(seconds, expected):
    assert rung.latency(seconds) == Latency(*expected)


def test_repeats_say_how_much_a_model_varies():
    found = figures("rw rw")
    assert found.repeats is not None
    assert found.repeats.repeats == 2
    assert found.repeats.agreement == 1
    varied = figures("rw wr")
    assert varied.repeats is not None
    assert varied.repeats.agreement == 0
    assert varied.repeats.within == pytest.approx(0.5)
    assert figures("rw").repeats is None


@QUICK
@given(LETTERS, st.integers(2, 4))
def test_repeats_that_say_the_same_prove_nothing_more(letters, repeats):
    once, more = figures(letters), figures(" ".join([letters] * repeats))
    for one, many in ((once.failures, more.failures), (once.silent, more.silent), (once.coverage, more.coverage)):
        assert (many.count, many.n) == (one.count * repeats, one.n * repeats)
        assert (many.low, many.high) == pytest.approx((one.low, one.high))
    assert more.usd == pytest.approx(once.usd)
    assert more.latency == once.latency


@QUICK
@given(LETTERS, LETTERS, st.randoms())
def test_the_order_of_cases_and_outcomes_changes_nothing(prompt, rules, shuffled: random.Random):
    size = min(len(prompt), len(rules))
    run = measured.a_run({"prompt": prompt[:size], "rules": rules[:size]})
    cases, outcomes = list(run.cases), list(run.outcomes)
    shuffled.shuffle(cases)
    shuffled.shuffle(outcomes)
    other = dataclasses.replace(run, cases=tuple(cases), outcomes=tuple(outcomes))
    one, two = compute.of(run, "$.category"), compute.of(other, "$.category")
    assert (one.rungs, one.steps, one.plan, one.notes) == (two.rungs, two.steps, two.plan, two.notes)


def test_cases_of_a_group_count_as_one_where_they_come_out_alike():
    grouped = tuple(measured.a_case(count, group=f"customer {count % 4}") for count in range(8))
    found = figures("rwrrrwrr", given=grouped)
    alone = figures("rwrr")
    assert counts(found.failures) == (2, 8)
    assert (found.failures.low, found.failures.high) == pytest.approx((alone.failures.low, alone.failures.high))


def test_scores_without_labels_fail_nothing():
    outcome = measured.an_outcome(score=Score({}))
    assert not outcome.failed
