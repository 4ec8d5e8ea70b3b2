import json
from decimal import Decimal

import pytest

from processor.core import errors
from processor.core.definition import Accept, NeighboursStep
from processor.core.judging import ballot
from processor.core.records import Result, Retry
from processor.pipeline import Pipeline
from tests import builders

STEP = NeighboursStep(kind="neighbours", field="$.category", accept=Accept(agreement=2))


def example(ident: str, category: str, score: float):
    answer = json.dumps({"category": category, "reason": f"as in {ident}"})
    return builders.passage(ident, "example", score, answer=answer)


@pytest.mark.parametrize(
    ("categories", "answer", "stands_against"),
    [
        (["card", "card", "refund"], "as in x0", False),
        (["refund", "card", "card"], "as in x1", False),
        (["card", "refund"], "as in x0", True),
        (["card"], "as in x0", True),
    ],
)
def test_the_nearest_answer_of_the_majority(categories: list[str], answer: str, stands_against: bool):
    found = [example(f"x{n}", category, 1 - n / 10) for n, category in enumerate(categories)]
    answered = ballot.vote(STEP, (builders.passage("f1"), *reversed(found)))
    assert json.loads(answered.completion.text)["reason"] == answer
    assert (answered.against is not None) == stands_against
    assert [passage.id for passage in answered.passages] == [f"x{n}" for n in range(len(categories))]


def test_nothing_found_is_no_answer():
    answered = ballot.vote(STEP, (builders.passage("f1"),))
    assert answered.completion.text == ""
    assert answered.against is not None
    assert answered.against.message == "Only 0 of 0 retrieved examples agree."


LADDER = builders.DEFINITION.replace(
    '[[step]]\nprompt = "prompt.md"',
    '[[step]]\nkind = "neighbours"\nfield = "$.category"\naccept = { agreement = 2 }\n\n[[step]]\nprompt = "prompt.md"',
)


async def _handle(*categories: str):
    asked = []

    async def retrieve(_):
        return tuple(example(f"x{n}", category, 1 - n / 10) for n, category in enumerate(categories))

    async def complete(prompt):
        asked.append(prompt)
        return builders.completion({"category": "card", "reason": "from the model"})

    task = builders.a_task(definition=LADDER)
    decode = builders.decoding(builders.work)
    pipeline = Pipeline(decode, {"sort": task}.__getitem__, retrieve, complete, lambda: 0.0, "u")
    return await builders.decided(pipeline), asked


async def test_a_vote_settles_an_event_without_a_model_and_at_no_cost():
    decision, asked = await _handle("card", "card")
    assert isinstance(decision, Result)
    assert decision.answer["reason"] == "as in x0"
    assert asked == []
    assert decision.provenance.cost == Decimal(0)
    (attempt,) = decision.provenance.attempts
    assert (attempt.step, attempt.model, attempt.usage.total) == ("neighbours", "neighbours", 0)


async def test_too_few_that_agree_move_the_event_to_the_next_step():
    decision, asked = await _handle("card", "refund")
    assert isinstance(decision, Retry)
    assert decision.attempt == 2
    assert [violation.rule for violation in decision.violations] == ["agreement"]
    assert asked == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('field = "$.category"', 'field = "$.nothing"', "no field"),
        ('field = "$.category"', 'field = "category"', "a field of the answer itself"),
        ('field = "$.category"', 'field = "$.a.b"', "parts of a field cannot be compared"),
        ('field = "$.category"', "", "needs `field`"),
        ("accept = { agreement = 2 }", "", "a vote needs"),
        ("agreement = 2 }", "agreement = 2, confidence = 0.5 }", "a vote has no confidence"),
        ('kind = "example"', 'kind = "fact"', "needs a"),
        ("agreement = 2 }", "agreement = 9 }", "9 examples can never agree: at most"),
    ],
)
def test_a_vote_that_cannot_be_held_is_refused(old: str, new: str, says: str):
    with pytest.raises(errors.DefinitionError, match=says):
        builders.a_task(definition=LADDER.replace(old, new))
