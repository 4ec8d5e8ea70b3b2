import json
from typing import Any

import pytest

from processor.core.definition import Accept, ModelStep
from processor.core.judging import accept
from processor.core.records import Reason, Verdict, Violation
from tests import builders

ANSWER = {"category": "card", "reason": "asks for a card"}


def example(ident: str, category: Any, score: float = 0.5, **changes: Any):
    return builders.passage(ident, "example", score, answer=json.dumps({"category": category}), **changes)


def weigh(needed: dict[str, Any], *found: Any, confidence: float | None = None, verdict: Verdict | None = None):
    step = ModelStep(field="$.category", accept=Accept(**needed))
    completion = builders.completion(ANSWER, confidence=confidence)
    return accept.weigh(step, completion, found, verdict or Verdict(ANSWER))


@pytest.mark.parametrize(
    ("needed", "found", "stands_against"),
    [
        (0.8, 0.8, None),
        (0.8, 0.95, None),
        (None, 0.1, None),
        (None, None, None),
        (0.0, 0.0, None),
        (0.8, 0.79996, ("0.799", "an answer that leaves less doubt", "not sure enough")),
        (0.8, None, ("", "", "not known")),
        (0.0, None, ("", "", "not known")),
    ],
)
def test_confidence(needed: float | None, found: float | None, stands_against: Any):
    verdict = weigh({"confidence": needed}, confidence=found)
    assert verdict.accepted == (stands_against is None)
    for violation in verdict.violations:
        shown, expected, says = stands_against
        assert (violation.path, violation.rule) == ("$", "confidence")
        assert (violation.found, violation.expected) == (shown, expected)
        assert says in violation.message
    assert verdict.answer == ANSWER


@pytest.mark.parametrize(
    ("categories", "needed", "votes"),
    [
        (["card", "card", "refund"], 2, None),
        (["card", "refund", "refund"], 2, 1),
        ([], 1, 0),
        (["Card", None, 1, {"card": "card"}], 1, 0),
    ],
)
def test_agreement(categories: list[Any], needed: int, votes: int | None):
    found = [example(f"x{number}", category) for number, category in enumerate(categories)]
    verdict = weigh({"agreement": needed}, builders.passage("f"), *found)
    assert verdict.accepted == (votes is None)
    for violation in verdict.violations:
        assert (violation.path, violation.rule, violation.found) == ("$.category", "agreement", '"card"')
        assert violation.message == f"Only {votes} of {len(categories)} retrieved examples agree."


@pytest.mark.parametrize("found", [None, 0.2])
def test_what_the_next_step_is_told_does_not_depend_on_the_threshold(found: float | None):
    told = {
        weigh({"confidence": confidence, "agreement": agreement}, example("x", "card"), confidence=found).violations
        for confidence, agreement in [(0.5, 2), (0.9, 2), (0.99, 7), (1.0, 100)]
    }
    assert len(told) == 1


def test_an_example_that_two_retrievals_found_has_one_vote():
    verdict = weigh({"agreement": 2}, example("x", "card"), example("x", "card", retrieval="similar"))
    assert not verdict.accepted


def test_only_examples_with_an_answer_are_asked_the_nearest_first():
    asked = (
        builders.passage("f", answer='{"category": "card"}'),
        builders.passage("x1", "example", answer=None),
        example("x2", "refund", 0.2),
        builders.passage("x3", "example", 0.9, answer='["card"]'),
    )
    assert accept.examples(asked) == [{}, {"category": "refund"}]


def test_equal_values_agree_however_they_are_written():
    label = {"lines": [{"sku": "ä", "n": 1}]}
    other = {"lines": [{"n": 1, "sku": "\u00e4"}]}
    assert accept.value("$.lines", label) == accept.value("$.lines", other)
    assert accept.value("$.lines", {"lines": 12.0}) == accept.value("$.lines", {"lines": 12})
    assert accept.value("$.lines", {"lines": 12.5}) != accept.value("$.lines", {"lines": 12})
    assert accept.value("$.lines", {"lines": True}) != accept.value("$.lines", {"lines": 1})


def test_all_that_stands_against_it_is_told():
    verdict = weigh({"agreement": 1, "confidence": 0.5}, confidence=0.2)
    assert [violation.rule for violation in verdict.violations] == ["confidence", "agreement"]


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(ANSWER, (Violation("$", "rule", "Wrong."),)),
        Verdict(None, (Violation("$", "json", "No JSON."),)),
        Verdict(None, review=Reason.REFUSAL),
        Verdict(ANSWER, review=Reason.RULE),
    ],
)
def test_what_is_not_accepted_anyway_stays_as_it_is(verdict: Verdict):
    assert weigh({"confidence": 0.9}, verdict=verdict) is verdict
