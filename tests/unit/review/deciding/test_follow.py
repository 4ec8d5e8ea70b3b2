"""What is published for a ruling, and that a worker reads it as it was meant."""

from __future__ import annotations

import base64
import dataclasses
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from processor.core import errors
from processor.core import task as tasks
from processor.core.delivery import identity
from processor.core.files.producer_record import ProducerRecord
from processor.core.prompting import prompt
from processor.core.records import Action, Message, Origin, Part, Result, Retry, Size, Violation, Work
from processor.core.wire import headers
from processor.review import deciding
from processor.review.values import Item, Key
from tests import builders, reviewing, wires

GOOD = {"category": "card", "reason": "asks for a card"}
OVERRIDDEN = Violation("$.reason", "against", "It is vague.")
PASSAGE = {
    "id": "p",
    "kind": "fact",
    "source": "s.md",
    "title": "T",
    "score": 0.5,
    "content_hash": "0" * 16,
    "text": "Cards take a week.",
    "input": None,
    "answer": None,
}
TASK = builders.a_task()


def follow(action: Action, item: Item | None = None, task: Any = TASK, **ruling: Any) -> Any:
    of = item or reviewing.item(passages=[PASSAGE])
    return deciding.follow(of, reviewing.ruling(of, action=action, **ruling), task)


def as_a_worker(published: Retry | ProducerRecord, task_contract: Any = TASK.contract) -> Work:
    wire = wires.make(sort=task_contract)
    if isinstance(published, Retry):
        return wire.decode(wires.published(wire.encode(published, now=reviewing.NOW)))
    origin = Origin("untuned.tasks", 0, 12, 5000)
    return wire.decode(Message(origin, published.key, published.value, published.headers))


@pytest.mark.parametrize("action", [Action.ACCEPT, Action.CORRECT])
def test_an_answer_is_a_result_with_all_that_led_to_it(action: Action):
    size = {"counted_by": "estimate", "parts": [{"name": "input", "tokens": 9, "cut": False}]}
    item = reviewing.item(passages=[PASSAGE], passages_cut=["q"], prompt=size)

    found = follow(action, item, answer=GOOD, overridden=(OVERRIDDEN,))

    assert isinstance(found, Result)
    assert (found.answer, found.warnings, found.contract) == (GOOD, (OVERRIDDEN,), TASK.contract)
    assert (found.work.event.id, found.work.attempt, found.work.replay) == ("e-1", 2, 0)
    assert (found.work.key, found.work.first) == (b"k", Origin("untuned.tasks", 0, 7, 1000))
    made = found.provenance
    assert (made.version, made.cut, made.cost) == ("0" * 16, ("q",), Decimal("0.0004"))
    assert (made.passages[0].id, made.passages[0].text) == ("p", "Cards take a week.")
    assert (made.usage.input_tokens, made.durations) == (400, {"retrieve": 0.003, "complete": 0.21})
    assert made.size == Size("estimate", (Part("input", 9),))
    assert (found.calibration, found.audit) == (None, None)


@pytest.mark.parametrize(("action", "model"), [(Action.ACCEPT, "m-1"), (Action.CORRECT, "")])
def test_the_results_record_says_who_decided_and_when(action: Action, model: str):
    found = follow(action, answer=GOOD)
    wire = wires.make(sort=TASK.contract)
    record = wire.read(wires.published(wire.encode(found, now=found.ruling.at)))

    assert (record["decided_by"], record["decided_at"], record["model"]) == ("person", "2026-11-28T09:30:00Z", model)
    assert record["reviewed"] == {"by": "ann", "action": action.value, "seconds": 12.5, "decision": "r-ann"}
    assert len(record["attempts"]) == 2
    assert record["answer"] == GOOD


def test_the_attempt_is_what_the_message_says():
    item = reviewing.item()
    said = dataclasses.replace(item.message, headers=(*item.message.headers, ("untuned-attempt", b"3")))
    assert follow(Action.CORRECT, dataclasses.replace(item, message=said), answer=GOOD).work.attempt == 3
    untried = reviewing.item(attempts=[], version=None, cost_usd=None, durations_ms={})
    found = follow(Action.CORRECT, untried, answer=GOOD)
    assert (found.work.attempt, found.provenance.version, found.provenance.cost) == (1, TASK.version, None)


def test_foreign_headers_and_key_go_on():
    wire = wires.make(sort=TASK.contract)
    for found in (follow(Action.CORRECT, answer=GOOD), follow(Action.SEND_BACK, note="Look again.")):
        sent = wire.encode(found, now=reviewing.NOW)
        assert sent.key == b"k"
        assert ("x-team", b"blue") in sent.headers
        assert len({name for name, _ in sent.headers}) == len(sent.headers)


@pytest.mark.parametrize("task", [None, builders.a_task(schema=json.dumps({
    "type": "record", "name": "Answer", "fields": [{"name": "other", "type": "string"}]}))])  # fmt: skip
def test_what_the_project_cannot_write_now_waits(task: Any):
    with pytest.raises(errors.Misconfigured, match="sort"):
        follow(Action.CORRECT, task=task, answer=GOOD)


def test_nothing_follows():
    second = reviewing.item(second=True, rulings=[reviewing.ruling(by="bob")])
    audit = reviewing.item(inclusion=0.1)
    assert follow(Action.REJECT, note="spam") is None
    assert follow(Action.CORRECT, second, answer=GOOD, blind=True) is None
    assert follow(Action.ACCEPT, audit, answer=GOOD, blind=True) is None
    assert follow(Action.SEND_BACK, audit, note="no") is None
    assert follow(Action.REJECT, audit, note="spam", blind=True) is None


def test_a_correction_of_an_audit_is_a_result():
    assert isinstance(follow(Action.CORRECT, reviewing.item(inclusion=0.1), answer=GOOD, blind=True), Result)


def test_a_note_goes_into_the_prompt_of_the_stricter_step():
    first = reviewing.attempt(1, violations=[], answer="first")
    item = reviewing.item(attempts=[first, reviewing.attempt(2, answer="last")])
    found = follow(Action.SEND_BACK, item, note="He asks for a card, not about one.")
    work = as_a_worker(found)
    assert [(each.answer, len(each.violations)) for each in work.attempts] == [("first", 0), ("last", 2)]
    assert found.violations == work.attempts[-1].violations

    assert (work.attempt, work.replay, len(work.attempts)) == (2, 1, 2)
    assert work.usage.input_tokens == 400
    assert [each.rule for each in work.attempts[-1].violations] == ["reviewer", "enum"]
    told = prompt.render(TASK, work, ()).messages[-1].content
    assert "$: He asks for a card, not about one.\n$.category:" in told


def test_a_note_goes_into_the_prompt_of_a_shipped_task():
    folder = Path("tasks/ticket-triage")
    task = tasks.build(
        builders.sources(
            name="ticket-triage",
            definition=(folder / "task.toml").read_text(),
            templates={path.name: path.read_text() for path in folder.glob("*.md")},
            schema=Path("schemas/ticket-triage.avsc").read_text(),
        ),
        (),
    )
    item = reviewing.item(task="ticket-triage")
    found = deciding.follow(
        item, reviewing.ruling(item, action=Action.SEND_BACK, note="It is a <refund>." + "x" * 280), task
    )
    assert isinstance(found, Retry)
    assert found.attempt == 3
    told = prompt.render(task, as_a_worker(found), ()).messages[-1].content
    assert "The answer must be as a reviewer asks. It is a <refund>.xxx" in told
    assert "…" not in told


def test_a_send_back_is_a_new_round():
    found = follow(Action.SEND_BACK, note="Look again.")
    before = dataclasses.replace(found.work, replay=0)
    assert identity.of(as_a_worker(found)) != identity.of(before)
    wire = wires.make(sort=TASK.contract)
    sent = wire.encode(found, now=reviewing.NOW)
    assert headers.replay(sent.headers) == 1
    assert sent == wire.encode(follow(Action.SEND_BACK, note="Look again."), now=reviewing.NOW)
    assert wire.read(wires.published(sent))["due_at"] == "2026-11-28T09:30:00Z"


LADDER = '[[step]]\nprompt = "retry.md"\n\n[[step]]\nprompt = "prompt.md"\n'
VOTE = '[[step]]\nkind = "neighbours"\nfield = "$.category"\naccept = { agreement = 2 }\n'


@pytest.mark.parametrize(
    ("steps", "templates", "attempt"),
    [
        (LADDER, {}, 1),
        (LADDER, {"retry.md": builders.PROMPT}, 2),
        (LADDER, {"retry.md": builders.RETRY.replace("v.path", "input.nothing")}, 2),
        ('[[step]]\nprompt = "prompt.md"\n' + VOTE, {}, 1),
        (VOTE, {}, None),
    ],
)
def test_the_step_is_the_last_that_tells_what_was_wrong(steps: str, templates: dict[str, str], attempt: int | None):
    definition = builders.DEFINITION.partition("[[step]]")[0] + steps
    made = {"prompt.md": builders.PROMPT, "retry.md": builders.RETRY, **templates}
    found = follow(Action.SEND_BACK, task=builders.a_task(definition=definition, templates=made), note="Look.")
    assert (found.attempt if isinstance(found, Retry) else None) == attempt


@pytest.mark.parametrize(("changes", "task"), [({"attempts": []}, TASK), ({}, None)])
def test_an_event_that_was_not_tried_goes_to_the_tasks_once_more(changes: Any, task: Any):
    found = follow(Action.SEND_BACK, reviewing.item(**changes), task, note="Now.")
    assert isinstance(found, ProducerRecord)
    work = as_a_worker(found)
    assert (work.event.id, work.event.input, work.event.attributes) == (
        "e-1",
        {"text": "Where is my card?"},
        {"tenant": "acme"},
    )
    assert (work.attempt, work.replay, work.key) == (1, 1, b"k")
    assert ("ce_source", b"/untuned/review") in found.headers
    assert ("x-team", b"blue") in found.headers
    assert len({name for name, _ in found.headers}) == len(found.headers)


def test_bytes_that_are_no_event_go_to_the_tasks_as_they_came():
    item = reviewing.item()
    key = Key("", "untuned.tasks/0/7", 2)
    record = {**item.record, "event": None, "raw": base64.b64encode(b"\xff\x00{").decode(), "attempts": []}
    item = dataclasses.replace(item, row=dataclasses.replace(item.row, key=key), record=record)

    found = follow(Action.SEND_BACK, item, None, note="Try.")

    assert isinstance(found, ProducerRecord)
    assert (found.value, found.key) == (b"\xff\x00{", b"k")
    assert found.headers == (("x-team", b"blue"), ("untuned-replay", b"3"))
    assert follow(Action.SEND_BACK, dataclasses.replace(item, record={**record, "raw": None}), None, note="x") is None
