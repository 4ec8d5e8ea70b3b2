"""What the worker sent to review is what a person decides about: nothing of it is lost on the way."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from processor.core.records import Action, Reason, Result, Retry, Review
from processor.review import deciding
from processor.review.deciding import kept
from processor.review.values import Item, Key
from tests import builders, reviewing, wires

if TYPE_CHECKING:
    from processor.core.records import Passage

ANSWER = {"category": "card", "due": "2026-12-01", "amount": "-3.5"}


def reviewed(wire_format: str, **changes: Any) -> tuple[Review, Item]:
    """A review that a worker sent, and the item that it is read back as."""
    work = wires.tried(replay=2)
    row = builders.passage("row", columns={"sku": "A-1"}, retrieval="catalogue")
    example = builders.passage("b", "example", input=json.dumps({"text": "ü"}), answer='{"category":"card"}')
    made = dataclasses.replace(wires.provenance(work), passages=(row, example))
    sent = Review(Reason.RULE, "", builders.message(), work, (), ANSWER, made, **changes)
    wire = wires.make(wire_format)
    message = wires.published(wire.encode(sent, now=wires.NOW))
    item = reviewing.item()
    row_of = dataclasses.replace(item.row, key=Key("sort", "e1", 2))
    return sent, dataclasses.replace(item, row=row_of, record=wire.read(message), message=message)


def compact(passage: Passage) -> Passage:
    return dataclasses.replace(passage, input=_compact(passage.input), answer=_compact(passage.answer))


def _compact(text: str | None) -> str | None:
    return text and json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("wire_format", ["avro", "json"])
def test_work_passages_and_provenance_are_as_they_were(wire_format: str):
    sent, item = reviewed(wire_format)
    assert sent.work is not None
    assert sent.provenance is not None

    work = kept.work(item)

    assert dataclasses.replace(work, origin=sent.work.origin, headers=sent.work.headers) == sent.work
    passages = tuple(map(compact, sent.provenance.passages))
    assert kept.passages(item) == passages
    made = kept.provenance(item, work, "other")
    assert made.durations == pytest.approx({"complete": 0.2})
    assert dataclasses.replace(made, durations=sent.provenance.durations) == dataclasses.replace(
        sent.provenance, passages=passages
    )


def test_a_passages_answer_that_was_no_json_stays_a_text():
    _, item = reviewed("json")
    records = [{**record, "answer": "card, I think"} for record in item.record["passages"]]
    found = kept.passages(dataclasses.replace(item, record={**item.record, "passages": records}))
    assert [passage.answer for passage in found] == ["card, I think"] * 2


@pytest.mark.parametrize("wire_format", ["avro", "json"])
@pytest.mark.parametrize("action", list(Action))
def test_what_follows_can_be_sent_and_is_always_the_same(action: Action, wire_format: str):
    _, item = reviewed(wire_format)
    task = builders.a_task(schema=wires.TYPED)
    answer = ANSWER if action in (Action.ACCEPT, Action.CORRECT) else None
    ruling = reviewing.ruling(item, action=action, answer=answer, note="Look.")
    wire = wires.make(wire_format)

    found = [deciding.follow(item, ruling, task) for _ in range(2)]

    if action is Action.REJECT:
        assert found == [None, None]
        return
    assert isinstance(found[0], Result | Retry)
    sent = [wire.encode(each, now=ruling.at) for each in found]  # type: ignore[arg-type]
    assert sent[0] == sent[1]
    record = wire.read(wires.published(sent[0]))
    assert record.get("answer", {"amount": "-3.50"})["amount"] == "-3.50"
    assert dict(sent[0].headers)["untuned-replay"] == (b"3" if action is Action.SEND_BACK else b"2")
