"""An audit is a look at a result that is counted already: it is no event that needed people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from processor.core.records import Message, Origin
from processor.core.views.outcomes import Outcome
from processor.measure.cases.traffic import Meter
from processor.measure.scoring import Scorer
from tests import builders

CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money"}
NOW = datetime.fromtimestamp(0, UTC)


def outcome(**record: Any) -> Outcome:
    usage = {"input_tokens": 100, "output_tokens": 10}
    return Outcome(Message(Origin("untuned.results", 0, 0, 1), b"k", b"{}"), {"task": "sort", "usage": usage, **record})


def result(answer: Any = None, by: str = "model") -> Outcome:
    return outcome(event_id="e1", decided_by=by, answer=answer or CARD)


def review(reason: str = "audit", inclusion: float | None = 0.1) -> Outcome:
    return outcome(event={"id": "e1", "task": "sort"}, reason=reason, inclusion=inclusion)


def test_an_audit_that_a_person_corrects_is_one_event_that_a_model_answered():
    meter = Meter(Scorer(builders.a_task()))
    meter.result(result(), 0)
    meter.result(result(REFUND, "person"), 0)
    meter.review(review(), 0)
    found = meter.traffic(NOW)
    assert (found.events, found.results, found.people, found.input_tokens) == (1, 1, 0, 100)
    assert [dict(day) for day in found.labels.values()] == [{"card": 1}]


def test_an_event_that_a_person_decided_in_another_round_than_the_models_needed_people():
    meter = Meter(Scorer(builders.a_task()))
    meter.result(result(), 0)
    meter.review(review("rule", None), 3)
    meter.result(result(REFUND, "person"), 3)
    assert meter.traffic(NOW).people == 1
