from decimal import Decimal
from typing import Any

import pytest

from processor.core import errors, routing
from processor.core.records import (
    Answered,
    Completion,
    Reason,
    Result,
    Retry,
    Review,
    Usage,
    Verdict,
    Violation,
    Wait,
)
from tests import builders

GOOD = {"category": "card", "reason": "asks for a card"}
BAD = (Violation("$.category", "enum", "Not a known category."),)
PASSAGES = (builders.passage("f1"),)


def after(verdict: Verdict, attempt: int = 1, definition: str = builders.DEFINITION, **completion: Any):
    attempts = tuple(builders.an_attempt(n) for n in range(1, attempt))
    done: Completion = builders.completion(GOOD, **completion)
    return routing.after_verdict(
        builders.message(),
        builders.work(attempt=attempt, attempts=attempts),
        builders.a_task(definition=definition),
        Answered(done, PASSAGES, ("f2",)),
        verdict,
        {"complete": 0.2},
    )


def test_an_accepted_answer_is_a_result_with_its_provenance():
    decision = after(Verdict(GOOD), attempt=2)
    assert isinstance(decision, Result)
    assert decision.answer == GOOD
    made_from = decision.provenance
    assert [attempt.number for attempt in made_from.attempts] == [1, 2]
    assert made_from.usage == Usage(200, 20)
    assert made_from.cost == Decimal("0.00024")
    assert made_from.passages == PASSAGES
    assert made_from.cut == ("f2",)
    assert decision.work.event.id == "e1"


@pytest.mark.parametrize(
    ("attempt", "verdict", "budget", "expected"),
    [
        (1, Verdict(GOOD, BAD), "", "retry"),
        (2, Verdict(GOOD, BAD), "", Reason.STEPS_EXHAUSTED),
        (1, Verdict(GOOD, BAD, review=Reason.RULE), "", Reason.RULE),
        (1, Verdict(None, review=Reason.REFUSAL), "", Reason.REFUSAL),
        (1, Verdict(GOOD, BAD), "[budget]\ntokens = 110", Reason.BUDGET_SPENT),
        (1, Verdict(GOOD, BAD), "[budget]\ntokens = 111", "retry"),
        (1, Verdict(GOOD, BAD), '[budget]\nusd = "0.00012"', Reason.BUDGET_SPENT),
        (1, Verdict(GOOD, BAD), '[budget]\nusd = "0.00013"', "retry"),
    ],
)
def test_what_follows_an_answer_that_was_not_accepted(attempt: int, verdict: Verdict, budget: str, expected: Any):
    decision = after(verdict, attempt, builders.DEFINITION + budget)
    if expected == "retry":
        assert isinstance(decision, Retry)
        assert decision.attempt == attempt + 1
        assert decision.violations == BAD
    else:
        assert isinstance(decision, Review)
        assert decision.reason is expected
    assert decision.work is not None
    assert len(decision.work.attempts) == attempt


def test_an_unknown_price_stays_unknown_and_does_not_end_the_budget():
    decision = after(Verdict(GOOD, BAD), definition=builders.DEFINITION + '[budget]\nusd = "0.00001"', model="other")
    assert isinstance(decision, Retry)
    assert decision.provenance.cost is None


def test_a_very_long_answer_is_cut_in_what_is_kept():
    decision = after(Verdict(GOOD), text="x" * 100_000)
    assert decision.work is not None
    assert len(decision.work.attempts[0].answer) == routing.ANSWER_LIMIT


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (errors.Refused(Reason.UNDECODABLE, "no JSON"), Review),
        (errors.Unavailable("model", "HTTP 429", 3.0, limited=True), Wait("model", "HTTP 429", 3.0)),
        (errors.Unavailable("weaviate", "gone", unreached=True), Wait("weaviate", "gone")),
        (errors.Unavailable("model", "HTTP 500"), Wait("model", "HTTP 500", suspect=True)),
        (errors.Misconfigured("model", "wrong key"), Wait("model", "wrong key", broken=True)),
    ],
)
def test_what_follows_a_failure(failure: errors.StageError, expected: Any):
    decision = routing.after_failure(builders.message(b"raw"), None, None, failure)
    if expected is Review:
        assert isinstance(decision, Review)
        assert decision.reason is Reason.UNDECODABLE
        assert decision.message.value == b"raw"
    else:
        assert decision == expected


@pytest.mark.parametrize(
    "failure", [errors.Refused(Reason.UNDECODABLE, "no JSON"), errors.Unavailable("model", "HTTP 500")]
)
def test_what_was_tried_before_a_failure_is_kept(failure: errors.StageError):
    first, last = builders.an_attempt(1, violations=()), builders.an_attempt(2, violations=BAD)
    work = builders.work(attempt=3, attempts=(first, last))
    decision = routing.after_failure(builders.message(), work, builders.a_task(), failure)
    assert isinstance(decision, Review | Wait)
    assert decision.work is work
    assert decision.provenance is not None
    assert decision.provenance.usage == Usage(200, 20)
    assert decision.provenance.attempts == (first, last)
    if isinstance(decision, Review):
        assert decision.violations == BAD


def test_every_stage_error_has_a_decision():
    kinds = set(errors.StageError.__subclasses__())
    assert kinds == {errors.Refused, errors.Unavailable, errors.Misconfigured}


def test_a_defect_goes_to_people_with_its_traceback():
    review = routing.after_defect(builders.message(), builders.work(), ZeroDivisionError("boom"))
    assert review.reason is Reason.INTERNAL_ERROR
    assert "boom" in review.detail


def test_a_long_traceback_keeps_its_beginning_and_its_end():
    detail = routing.after_defect(builders.message(), None, ValueError("begins" + "x" * 10_000 + "ends")).detail
    assert len(detail) == routing.DETAIL_LIMIT + 1
    assert "begins" in detail.partition("…")[0]
    assert "ends" in detail.partition("…")[2]


def test_what_is_parked_goes_on_with_what_stood_against_its_last_answer():
    attempts = (builders.an_attempt(1, violations=()), builders.an_attempt(2, violations=BAD))
    work = builders.work(attempt=3, attempts=attempts)
    made = routing.provenance(work, builders.a_task())
    assert routing.parked(work, made, 60.0) == Retry(work, 3, BAD, made, 60.0)
    assert routing.parked(builders.work(), made, 1.0).violations == ()


def test_what_cannot_be_sent_is_told_with_less_and_less():
    message, work = builders.message(), builders.work(attempts=(builders.an_attempt(),))
    made, defect = routing.provenance(work, builders.a_task()), ValueError("too large")
    first = routing.less(message, Retry(work, 2, BAD, made), defect)
    assert first is not None
    assert (first.reason, first.message, first.provenance) == (Reason.INTERNAL_ERROR, message, None)
    assert first.work == builders.work()
    second = routing.less(message, first, defect)
    assert second is not None
    assert (second.work, second.message) == (None, builders.message(None))
    assert routing.less(message, second, defect) is None
    assert routing.less(builders.message(None), first, defect) is None
