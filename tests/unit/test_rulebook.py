"""How rules are applied: what they may return, what they cannot change, and what becomes of those that fail."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from typing import Any

import pytest

from processor.core.judging import rulebook
from processor.core.records import Reason, Violation
from processor.core.rules import Overrun, rule, violation
from tests import builders

GOOD = {"category": "card", "reason": "asks for a card"}
ROW = builders.passage("row", columns={"sku": "A-1"})


def apply(*functions: Any, guard: rulebook.Guard = rulebook.unguarded, **options: Any):
    rules = [rule(**options)(function) for function in functions]
    return rulebook.apply(
        builders.a_task(*rules), builders.event(input={"text": "Hi", "tags": ["a"]}), GOOD, (ROW,), guard
    )


def no(*_: Any) -> Violation:
    return violation("$.reason", "No.")


def test_without_rules_an_answer_stands():
    assert apply().accepted


@pytest.mark.parametrize(
    ("returned", "times"),
    [
        (None, 0),
        (no(), 1),
        ([], 0),
        ((no(), no()), 2),
        (iter([no()]), 1),
        ((no() for _ in range(10**9)), rulebook.VIOLATIONS_LIMIT),
    ],
)
def test_a_rule_finds_nothing_one_thing_or_several(returned: Any, times: int):
    def finds(event, answer, passages):
        return returned

    found = apply(finds)
    assert [each.rule for each in found.violations] == ["finds"] * times
    assert found.review is None


def test_a_generator_is_a_rule():
    def short_words(event, answer, passages):
        for word in answer["reason"].split():
            if len(word) < 4:
                yield violation("$.reason", "Too short a word.", found=word)

    assert [each.found for each in apply(short_words).violations] == ['"for"', '"a"']


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        ({"severity": "warning", "then": "retry"}, True),
        ({"severity": "warning", "then": "review"}, True),
        ({"severity": "violation", "then": "retry"}, False),
    ],
)
def test_only_a_violation_sends_to_people(options: dict[str, Any], accepted: bool):
    found = apply(no, **options)
    assert (found.accepted, found.review) == (accepted, None)
    assert bool(found.warnings) == accepted


def test_what_a_rule_finds_carries_its_own_name():
    def mine(event, answer, passages):
        return Violation("$", "somebody_elses", "No.")

    assert apply(mine).violations[0].rule == "mine"


@pytest.mark.parametrize(
    "returned",
    [False, True, "no", 5, {"path": "$"}, [None], Violation("$", "", None), Violation(3, "", "No.")],  # type: ignore[arg-type]
)
def test_a_rule_that_returns_something_else_has_failed(returned: Any):
    def confused(event, answer, passages):
        return returned

    found = apply(no, confused)
    assert found.review is Reason.RULE_FAILED
    assert "rule confused raised" in found.detail
    assert "TypeError" in found.detail
    assert [each.rule for each in found.violations] == ["no"]


@pytest.mark.parametrize(
    "raised",
    [
        KeyError("inside"),
        RecursionError(),
        MemoryError(),
        SystemExit(1),
        asyncio.CancelledError(),
        GeneratorExit(),
        BaseException("as extensions in Rust panic"),
    ],
)
def test_a_rule_that_raises_names_itself(raised: BaseException):
    def broken(event, answer, passages):
        raise raised

    found = apply(broken)
    assert found.review is Reason.RULE_FAILED
    assert "rule broken raised" in found.detail
    assert type(raised).__name__ in found.detail


def test_whoever_ends_the_worker_ends_it_in_a_rule_too():
    def meanwhile(event, answer, passages):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(meanwhile)


def test_a_rule_past_its_limit_names_itself_and_its_limit():
    begun = []

    @contextlib.contextmanager
    def impatient():
        def begin(rule):
            begun.append(rule.name)
            if len(begun) == 2:
                raise Overrun(rule)

        yield begin

    def slow(event, answer, passages):
        return None

    found = apply(no, slow, guard=impatient, seconds=0.25)
    assert begun == ["no", "slow"]
    assert found.review is Reason.RULE_FAILED
    assert found.detail == "rule slow ran longer than 0.25 s"


CHANGES: dict[str, Any] = {
    "answer": lambda event, answer, passages: answer.update(reason="other"),
    "answer item": lambda event, answer, passages: answer.__setitem__("reason", "other"),
    "answer in place": lambda event, answer, passages: answer.__ior__({"reason": "other"}),
    "input": lambda event, answer, passages: event.input.pop("tags"),
    "list": lambda event, answer, passages: event.input["tags"].append("b"),
    "list in place": lambda event, answer, passages: event.input["tags"].__iadd__(["b"]),
    "sort": lambda event, answer, passages: event.input["tags"].sort(),
    "attributes": lambda event, answer, passages: event.attributes.clear(),
    "columns": lambda event, answer, passages: passages[0].columns.update(sku="A-2"),
    "event": lambda event, answer, passages: setattr(event, "input", {}),
    "passage": lambda event, answer, passages: setattr(passages[0], "text", ""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_rule_cannot_change_what_it_is_given(change: Any):
    event, answer, row = (
        builders.event(input={"text": "Hi", "tags": ["a"]}),
        dict(GOOD),
        builders.passage("row", columns={"sku": "A-1"}),
    )
    before = copy.deepcopy((event, answer, row))

    def impure(event, answer, passages):
        change(event, answer, passages)

    task = builders.a_task(rule(impure))
    found = rulebook.apply(task, event, answer, (row,), rulebook.unguarded)
    assert found.review is Reason.RULE_FAILED
    assert (event, answer, row) == before
    assert found.answer is answer


def test_what_a_rule_is_given_is_otherwise_as_ever():
    def looks(event, answer, passages):
        assert isinstance(answer, dict)
        assert answer == GOOD
        assert json.loads(json.dumps(answer)) == GOOD
        assert event.input["tags"] == ["a"]
        assert isinstance(event.input["tags"], list)
        assert {**passages[0].columns} == {"sku": "A-1"}
        assert answer | {"reason": "x"} == {"category": "card", "reason": "x"}
        own = copy.deepcopy(event.input)
        own["tags"].append("b")
        own["new"] = copy.copy(answer)
        own["new"]["reason"] = "x"

    assert apply(looks).accepted
