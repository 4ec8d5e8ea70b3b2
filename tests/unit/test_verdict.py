from typing import Any

import pytest

from processor.core.judging import verdict
from processor.core.records import Answered, Reason
from processor.core.rules import rule, violation
from tests import builders

GOOD = {"category": "card", "reason": "asks for a card"}


@rule
def refunds_name_money(event, answer, passages):
    """A refund's reason names money."""
    if answer["category"] == "refund" and "money" not in answer["reason"]:
        return violation("$.reason", "A refund names money.", found=answer["reason"])
    return None


@rule(then="review")
def lawyers_see_people(event, answer, passages):
    return violation("$", "A lawyer writes.") if "lawyer" in event.input["text"] else None


@rule(severity="warning")
def short_reason(event, answer, passages):
    return violation("$.reason", "Very short.") if len(answer["reason"]) < 5 else None


@rule
def broken(event, answer, passages):
    raise KeyError("inside")


RULES = (refunds_name_money, lawyers_see_people, short_reason)


def judge(answer: Any, text: str = "Where is my card?", rules: Any = RULES, **completion: Any):
    answered = Answered(builders.completion(answer, **completion), ())
    return verdict.judge(builders.a_task(*rules), builders.event(text), answered)


def test_a_good_answer_is_accepted():
    found = judge(GOOD)
    assert found.accepted
    assert found.answer == GOOD


@pytest.mark.parametrize(
    ("answer", "changes", "rules"),
    [
        ("not JSON", {}, ["json"]),
        ('["a list"]', {}, ["json"]),
        ('{"category": NaN}', {}, ["json"]),
        ("[" * 100_000, {}, ["json"]),
        ("", {}, ["json"]),
        ('{"category": "ca', {"finish_reason": "length"}, ["truncated"]),
        (GOOD, {"finish_reason": "length"}, ["truncated"]),
        ({"category": "bank", "reason": "asks"}, {}, ["enum"]),
        ({"category": "refund", "reason": "wants it back"}, {}, ["refunds_name_money"]),
    ],
)
def test_what_stands_against_an_answer(answer: Any, changes: dict[str, Any], rules: list[str]):
    found = judge(answer, **changes)
    assert [violation.rule for violation in found.violations] == rules
    assert not found.accepted
    assert found.review is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"refusal": "I cannot help."}, Reason.REFUSAL),
        ({"finish_reason": "content_filter"}, Reason.CONTENT_FILTER),
    ],
)
def test_what_goes_to_people_at_once(changes: dict[str, Any], reason: Reason):
    assert judge("", **changes).review is reason


def test_a_rule_may_want_a_person():
    found = judge(GOOD, "my lawyer will call")
    assert found.review is Reason.RULE
    assert found.detail == "rule lawyers_see_people wants a person"


def test_a_warning_does_not_stand_in_the_way():
    found = judge({"category": "card", "reason": "card"})
    assert found.accepted
    assert [warning.rule for warning in found.warnings] == ["short_reason"]


def test_a_rule_that_raises_names_itself():
    found = judge(GOOD, rules=(broken,))
    assert found.review is Reason.RULE_FAILED
    assert "broken" in found.detail
    assert "KeyError" in found.detail
