"""Each experiment as the pipeline takes it: steps, attempts, room in the prompt, and what is found."""

from __future__ import annotations

import dataclasses
from typing import Any

from processor.core.judging import rulebook
from processor.core.prompting import prompt
from processor.core.records import Violation
from processor.core.rules import rule, violation
from processor.measure.causes import settled
from processor.measure.causes.experiments import Setting
from processor.measure.running import rungs
from tests import builders, measured

CASE = measured.a_case()
STATED = (Violation("$.category", "enum", "Not a known category."),)
GOLD = builders.passage("cards.md#0", text="Cards are sent on Mondays.", content_hash="a")
OTHER = builders.passage("refunds.md#0", text="Money comes back.", content_hash="b", score=0.9)
CUT = builders.passage("fees.md#0", text="Fees.", content_hash="c")
LADDER = (
    builders.DEFINITION.split("[[step]]")[0]
    + """
[[step]]
kind = "neighbours"
field = "$.category"
accept = { agreement = 1 }

[[step]]
prompt = "prompt.md"

[[step]]
prompt = "retry.md"
"""
)


def setting(what: str = "e", oracle: Any = (GOLD,), stated: Any = STATED, task: Any = None, **outcome: Any) -> Setting:
    whole = task or builders.a_task()
    return Setting(whole, whole, measured.an_outcome(CASE, what, **outcome), oracle, stated)


def test_as_it_was_notes_what_is_found() -> None:
    made = setting()
    again = made.again()
    assert again.task is made.task
    assert again.found is not None
    assert again.found((OTHER,)) == (OTHER,)
    assert made.seen == {OTHER.id}


def test_the_knowledge_comes_first_and_what_was_cut_stays_out() -> None:
    made = setting(cut=(CUT.id,)).context()
    assert made is not None
    assert made.found is not None
    found = made.found((CUT, OTHER, GOLD))
    assert [each.id for each in found] == [GOLD.id, OTHER.id]
    assert found[0].score == OTHER.score  # the nearest: next to the question, among turns
    assert setting(oracle=()).context() is None


def test_what_is_put_in_has_room_and_others_give_way() -> None:
    long = builders.passage("long.md#0", text="Cards are sent on Mondays. " * 400, content_hash="d")
    tight = builders.DEFINITION.replace("top_k = 2", "top_k = 2\nmax_tokens = 30")
    made = setting(oracle=(long,), task=builders.a_task(definition=tight)).context()
    assert made is not None
    assert made.found is not None
    shown = prompt.render(made.task, builders.work(), made.found((OTHER,)))
    assert [each.id for each in shown.passages] == [long.id, OTHER.id]
    assert "Mondays" in shown.messages[-1].content
    assert shown.size is not None
    small = f"{tight}\n[budget]\ninput_tokens = {shown.size.total + 50}\n"
    made = setting(oracle=(long,), task=builders.a_task(definition=small)).context()
    assert made is not None
    assert made.found is not None
    others = tuple(dataclasses.replace(OTHER, id=f"o{n}", text="word " * 20, content_hash=f"o{n}") for n in range(20))
    kept = prompt.render(made.task, builders.work(), made.found(others)).passages
    assert kept[0].id == long.id
    assert len(kept) < 21


def test_knowledge_for_a_task_that_retrieves_nothing() -> None:
    bare = builders.DEFINITION.split("[[retrieval]]")[0] + '[[step]]\nprompt = "prompt.md"\n'
    templates = {"prompt.md": "{% block system %}Sort.{% endblock %}{% block input %}{{ input.text }}{% endblock %}"}
    made = setting(task=builders.a_task(definition=bare, templates=templates))
    context, constraint = made.context(), made.constraint()
    assert context is not None
    assert context.found is not None
    assert "Mondays" in prompt.render(context.task, builders.work(), context.found(())).messages[-1].content
    # And no retry prompt: the violation is stated in plain words, by the same step once more.
    assert constraint is not None
    work = builders.work(attempt=2, attempts=constraint.attempts)
    assert "Not a known category" in prompt.render(constraint.task, work, ()).messages[-1].content


def test_the_constraint_is_stated_as_the_pipeline_states_it() -> None:
    made = setting().constraint()
    assert made is not None
    assert [step.name for step in made.task.definition.step] == ["prompt.md", "retry.md"]
    assert [(each.number, each.violations) for each in made.attempts] == [(1, STATED)]
    assert (
        "Not a known category"
        in prompt.render(made.task, builders.work(attempt=2, attempts=made.attempts), ()).messages[-1].content
    )
    assert setting(stated=()).constraint() is None
    assert setting(attempts=()).constraint() is None


def test_after_the_last_step_it_corrects_itself() -> None:
    last = measured.an_attempt(2, step="retry.md", violations=STATED)
    made = setting(attempts=(measured.an_attempt(1), last)).constraint()
    assert made is not None
    assert [step.name for step in made.task.definition.step] == ["retry.md", "retry.md"]
    assert made.attempts[0].number == 1


def test_on_a_lower_rung_the_task_s_own_retry_prompt_corrects() -> None:
    whole = builders.a_task()
    variant = rungs.variant(whole, "prompt")
    assert variant is not None
    made = Setting(whole, variant, measured.an_outcome(CASE, "w", "prompt"), (GOLD,), STATED)
    constraint, context = made.constraint(), made.context()
    assert constraint is not None
    assert constraint.task.definition.step[1].name == "retry.md"
    assert context is not None
    assert context.found is not None
    assert prompt.render(context.task, builders.work(), context.found(())).passages[0].id == GOLD.id


def test_onward_from_a_vote_that_was_accepted() -> None:
    task = builders.a_task(definition=LADDER)
    made = setting("w", stated=(), task=task).onward()
    assert made is not None
    assert [step.name for step in made.task.definition.step] == ["neighbours", "prompt.md", "retry.md"]
    assert made.attempts[0].violations[0].rule == "agreement"


def test_not_onward_to_the_same_model_nor_from_what_was_not_accepted() -> None:
    assert setting("w", stated=()).onward() is None
    assert setting("e", task=builders.a_task(definition=LADDER)).onward() is None


def test_both_states_the_violation_or_else_goes_onward() -> None:
    both = setting().both()
    assert both is not None
    assert both.attempts[0].violations == STATED
    assert both.found is not None
    task = builders.a_task(definition=LADDER)
    onward = setting("w", stated=(), task=task).both()
    assert onward is not None
    assert onward.attempts[0].violations[0].rule == "agreement"
    assert setting("w", stated=()).both() is None
    assert setting(oracle=()).both() is None


@rule(severity="warning")
def reason_names_the_card(event, answer, passages):
    return None if "card" in answer["reason"] else violation("$.reason", "Name the card.")


def stated(answer: str, **changes: Any) -> list[str]:
    task = builders.a_task(reason_names_the_card)
    attempt = measured.an_attempt(answer=answer)
    outcome = measured.an_outcome(CASE, "w", "prompt", attempts=(attempt,), **changes)
    return [each.rule for each in settled.stated(task, CASE.event, outcome, rulebook.unguarded)]


def test_what_stands_against_an_answer_by_all_rules_and_warnings() -> None:
    assert stated('{"category": "card", "reason": "a wish"}') == ["reason_names_the_card"]
    assert stated('{"category": "card", "reason": "a card"}') == []
    assert "enum" in stated('{"category": "fee", "reason": "a card"}')
    assert stated("no JSON", violations=(Violation("$", "json", "Not JSON."),)) == ["json"]


def test_a_threshold_is_nothing_to_state() -> None:
    unsure = (Violation("$", "confidence", "Not sure."), Violation("$.category", "agreement", "Only 2 agree."))
    assert stated('{"category": "card", "reason": "a card"}', violations=unsure) == []
