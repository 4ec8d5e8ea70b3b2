"""A reviewer's decision is held against contract and rules as a model's answer is, and can override rules alone."""

from __future__ import annotations

import math
from typing import Any

import pytest

from processor.core.judging import rulebook
from processor.core.records import Action, Violation
from processor.core.rules import rule, violation
from processor.review import deciding
from processor.review.deciding import Wanted
from tests import builders, reviewing

GOOD = {"category": "card", "reason": "asks for a card"}
OTHER = {"category": "refund", "reason": "wants money back"}
BAD = {"category": "cards", "reason": "lost"}


def against(event, answer, passages):
    return violation("$.reason", "It is vague.") if answer["category"] == "card" else None


def remarks(event, answer, passages):
    return violation("$.reason", "It is long.")


def breaks(event, answer, passages):
    raise ValueError("no such\nline")


def weigh(
    action: Action, *rules: Any, item: Any = None, task: Any = ..., by: str = "ann", **wanted: Any
) -> deciding.Weighed:
    made = builders.a_task(*rules) if task is ... else task
    asked = Wanted(**{"id": "r-1", "action": action, "seconds": 3.5, **wanted})
    return deciding.weigh(item or reviewing.item(answer=GOOD), asked, made, by, reviewing.NOW, rulebook.unguarded)


def rules_of(found: deciding.Weighed) -> list[str]:
    return [each.rule for each in found.problems]


def test_an_accept_is_of_the_models_answer():
    found = weigh(Action.ACCEPT, rule(against), item=reviewing.item(answer=OTHER), note=" fine ", answer=GOOD)
    ruling = found.ruling
    assert ruling is not None
    assert (ruling.action, ruling.answer, ruling.note, ruling.by) == (Action.ACCEPT, OTHER, "fine", "ann")
    assert (ruling.id, ruling.event_id, ruling.task, ruling.replay) == ("r-1", "e-1", "sort", 0)
    assert (ruling.at, ruling.seconds, ruling.blind, ruling.inclusion) == (reviewing.NOW, 3.5, False, None)
    assert ruling.overridden == ()


def test_of_an_answer_that_is_not_there_only_that_is_told():
    found = weigh(Action.ACCEPT, item=reviewing.item(answer=None))
    assert found.ruling is None
    assert [each.message for each in found.problems] == ["There is no answer of a model."]


@pytest.mark.parametrize(
    ("action", "record", "wanted"),
    [
        (Action.ACCEPT, BAD, {}),
        (Action.CORRECT, GOOD, {"answer": BAD}),
        (Action.CORRECT, GOOD, {"answer": {}}),
        (Action.CORRECT, GOOD, {"answer": None}),
        (Action.CORRECT, BAD, {"answer": BAD}),
    ],
)
def test_what_the_contract_refuses_cannot_stand(action: Action, record: Any, wanted: Any):
    found = weigh(action, item=reviewing.item(answer=record), override=True, note="I know better", **wanted)
    assert found.ruling is None
    assert found.problems
    assert not found.overridable


@pytest.mark.parametrize("then", ["retry", "review"])
@pytest.mark.parametrize("action", list(Action)[:2])
def test_a_rule_is_overridden_with_a_reason(action: Action, then: Any):
    rules = (rule(then=then)(against), rule(severity="warning")(remarks))
    item = reviewing.item(answer=GOOD if action is Action.ACCEPT else OTHER)

    first = weigh(action, *rules, item=item, answer=GOOD)
    unsaid = weigh(action, *rules, item=item, answer=GOOD, override=True, note=" ")
    said = weigh(action, *rules, item=item, answer=GOOD, override=True, note="It is all that she wrote.")

    assert (first.ruling, first.overridable, rules_of(first)) == (None, True, ["against"])
    assert [each.rule for each in first.warnings] == ["remarks"]
    assert (unsaid.ruling, unsaid.overridable, rules_of(unsaid)) == (None, True, [deciding.NOTE, "against"])
    assert said.ruling is not None
    assert said.ruling.overridden == first.problems
    assert said.ruling.note == "It is all that she wrote."


def test_a_note_alone_overrides_nothing():
    assert weigh(Action.ACCEPT, rule(against), note="It is all that she wrote.").overridable


def test_an_override_of_nothing_needs_no_reason():
    assert weigh(Action.ACCEPT, override=True).ruling is not None


def test_a_broken_rule_hides_no_other_and_blocks_nobody():
    found = weigh(Action.ACCEPT, rule(breaks), rule(against))
    assert rules_of(found) == ["breaks", "against"]
    assert found.overridable
    assert found.problems[0].found == "line"
    assert "failed" in found.problems[0].message
    assert weigh(Action.ACCEPT, rule(breaks), override=True, note="broken").ruling is not None


def test_rules_see_the_event_and_its_passages():
    seen: list[Any] = []

    def looks(event, answer, passages):
        seen.append((event, answer, passages))

    kept = {
        "id": "p", "kind": "example", "source": "s.md", "title": "T", "score": 0.5, "content_hash": "0" * 16,
        "text": "Lost it", "input": {"text": "Lost it"}, "answer": GOOD,
    }  # fmt: skip
    row = {**kept, "id": "r", "kind": "fact", "input": None, "answer": None}
    row |= {"retrieval": "catalogue", "columns": {"sku": "A-1"}}
    weigh(Action.ACCEPT, rule(looks), item=reviewing.item(answer=GOOD, passages=[kept, row]))

    [(event, answer, [passage, found])] = seen
    assert (event.id, event.input, event.attributes) == ("e-1", {"text": "Where is my card?"}, {"tenant": "acme"})
    assert answer == GOOD
    assert (passage.id, passage.text, passage.input) == ("p", "Lost it", '{"text":"Lost it"}')
    assert (found.id, found.retrieval, found.columns, passage.columns) == ("r", "catalogue", {"sku": "A-1"}, {})
    assert passage.answer == '{"category":"card","reason":"asks for a card"}'


def test_a_correct_that_changes_nothing_is_an_accept():
    found = weigh(Action.CORRECT, answer=dict(GOOD))
    assert found.ruling is not None
    assert found.ruling.action is Action.ACCEPT


def test_a_correct_is_of_the_reviewers_answer():
    found = weigh(Action.CORRECT, answer=OTHER)
    assert found.ruling is not None
    assert (found.ruling.action, found.ruling.answer) == (Action.CORRECT, OTHER)


def test_problems_of_the_form_are_told_once():
    read = Violation("$.category", "form", "Nothing is chosen.")
    found = weigh(Action.CORRECT, answer={"category": "", "reason": "x"}, problems=(read,))
    assert [(each.path, each.rule) for each in found.problems] == [("$.category", "form"), ("$.reason", "minLength")]
    assert weigh(Action.ACCEPT, problems=(read,)).ruling is not None


@pytest.mark.parametrize(
    ("action", "note", "stands"),
    [
        (Action.REJECT, "", False),
        (Action.REJECT, "\x1b \n", False),
        (Action.REJECT, "It is spam.", True),
        (Action.REJECT, "x" * deciding.NOTE_LIMIT, True),
        (Action.REJECT, "x" * (deciding.NOTE_LIMIT + 1), False),
        (Action.SEND_BACK, "", False),
        (Action.SEND_BACK, "Look at the second sentence.", True),
        (Action.SEND_BACK, "?!", True),
        (Action.SEND_BACK, "x" * deciding.BACK_LIMIT, True),
        (Action.SEND_BACK, "x" * (deciding.BACK_LIMIT + 1), False),
        (Action.ACCEPT, "x" * (deciding.NOTE_LIMIT + 1), False),
    ],
)
def test_notes(action: Action, note: str, stands: bool):
    found = weigh(action, note=note)
    assert (found.ruling is not None) == stands
    assert stands or rules_of(found) == [deciding.NOTE]
    assert not found.overridable


def test_a_note_that_the_prompt_would_leave_out_is_told():
    task = builders.a_task(definition=builders.DEFINITION + "\n[budget]\ncorrection_tokens = 100\n")
    long = weigh(Action.SEND_BACK, task=task, note="Look at the second sentence. " * 10)
    assert (long.ruling, rules_of(long)) == (None, [deciding.NOTE])
    assert "correction_tokens" in long.problems[0].message
    assert weigh(Action.SEND_BACK, task=task, note="Look twice.").ruling is not None
    for item in (reviewing.item(attempts=[]), reviewing.item(answer=None)):
        assert weigh(Action.SEND_BACK, item=item, note="Look at the second sentence. " * 10).ruling is not None


def test_a_rejected_answer_is_none():
    found = weigh(Action.REJECT, note="spam", answer=OTHER)
    assert found.ruling is not None
    assert found.ruling.answer is None


def test_a_note_is_cleaned():
    found = weigh(Action.REJECT, note="\x00a\r\nb\u202e\ud800\x1b[31m👩‍🚀 ")
    assert found.ruling is not None
    assert found.ruling.note == "a\nb[31m👩‍🚀"


@pytest.mark.parametrize(("given", "kept"), [(-1, 0), (math.nan, 0), (math.inf, 0), (10.0**9, 86400), (12.5, 12.5)])
def test_seconds_are_bounded(given: float, kept: float):
    found = weigh(Action.ACCEPT, seconds=given)
    assert found.ruling is not None
    assert found.ruling.seconds == kept


@pytest.mark.parametrize("wrong", ["", "a b", "x" * 65, "ü", "a\n"])
def test_an_id_is_short_and_plain(wrong: str):
    found = weigh(Action.ACCEPT, id=wrong)
    assert found.ruling is None
    assert "load the page again" in found.problems[0].message


def test_what_cannot_be_decided_is_told():
    found = weigh(Action.ACCEPT, task=None)
    assert found.ruling is None
    assert found.problems[0].message == "The project has no such task now: there is no contract to hold an answer to."
    assert weigh(Action.REJECT, task=None, note="old").ruling is not None


def test_a_blind_accept_is_not_told_what_rules_say():
    audit = reviewing.item(answer=GOOD, inclusion=0.1)
    second = reviewing.item(answer=GOOD, second=True, rulings=[reviewing.ruling(by="bob")])
    for item in (audit, second):
        found = weigh(Action.ACCEPT, rule(against), item=item)
        assert found.ruling is not None
        assert found.ruling.blind
        assert (found.ruling.overridden, found.warnings) == ((), ())
    assert weigh(Action.ACCEPT, item=audit).ruling.inclusion == 0.1  # type: ignore[union-attr]


def test_a_blind_correction_is_held_against_the_rules():
    audit = reviewing.item(answer=OTHER, inclusion=0.1)
    assert weigh(Action.CORRECT, rule(against), item=audit, answer=GOOD).overridable


def test_who_decided_before_is_no_longer_blind():
    item = reviewing.item(answer=GOOD, second=True, rulings=[reviewing.ruling(by="ann")])
    found = weigh(Action.ACCEPT, item=item)
    assert found.ruling is not None
    assert not found.ruling.blind
