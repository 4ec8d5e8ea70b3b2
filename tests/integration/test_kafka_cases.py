"""Labelled cases and traffic from real topics, as workers and reviewers write them."""

import dataclasses
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import confluent_kafka
import pytest

from processor import app
from processor.adapters.project import Project
from processor.adapters.wire.schemas import Schemas
from processor.core import errors
from processor.core.records import Origin, Reason, Result, Review
from processor.core.wire import avro_binary
from processor.measure.cases import gather, topics
from tests import builders
from tests.wires import provenance

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money back"}


@pytest.fixture
def task(project):
    return Project(Path(project["UNTUNED_PROJECT"])).load("sort")


@pytest.fixture(params=["avro", "json"])
def wire(request, settings, task):
    return app.create_wire(settings.model_copy(update={"wire_format": request.param}), {"sort": task.contract}.get)


@pytest.fixture
def publish(settings, wire):
    """Publish decisions of workers, or (kind, value[, key]) as others write them; gives where the last one stands."""
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})
    places = []

    def delivered(error, message):
        assert error is None
        places.append(Origin(message.topic(), message.partition(), message.offset(), message.timestamp()[1]))

    def send(*given):
        for item in given:
            if isinstance(item, tuple):
                kind, value, *key = item  # decisions on one event have one key: they have an order
                producer.produce(settings.topic(kind), value, *key, on_delivery=delivered)
            else:
                out = wire.encode(item, now=NOW)
                headers = list(out.headers)
                producer.produce(settings.topic(out.kind), out.value, out.key, headers=headers, on_delivery=delivered)
        assert producer.flush(30) == 0
        return places[-1]

    return send


def work(event_id, **changes):
    made = builders.work(f"What of {event_id}?", id=event_id, created_at=NOW)
    return dataclasses.replace(made, **changes)


def result(event_id, answer=CARD, **changes):
    made = work(event_id, attempts=(builders.an_attempt(),), **changes)
    return Result(made, answer, (), provenance(made), builders.a_task().contract)


def review(event_id, answer=CARD):
    made = work(event_id, attempts=(builders.an_attempt(),))
    return Review(Reason.STEPS_EXHAUSTED, "none is left", builders.message(), made, (), answer, provenance(made))


def event(event_id):
    return "tasks", json.dumps({"id": event_id, "task": "sort", "input": {"text": f"What of {event_id}?"}}).encode()


def decision(event_id, action="accept", answer=None, by="ann", *, avro=True):
    record = {
        "id": f"{event_id}-{by}",
        "event_id": event_id,
        "task": "sort",
        "replay": 0,
        "decided_by": by,
        "action": action,
        "answer": answer if answer is None or not avro else json.dumps(answer),
        "note": "",
        "overridden": [],
        "blind": False,
        "inclusion": None,
        "decided_at": NOW if avro else "2026-01-31T12:00:00Z",
        "seconds": 3.5,
    }
    if not avro:
        return "decisions", json.dumps(record).encode(), event_id.encode()
    schemas = Schemas(None)
    known = schemas.own("decision")
    return "decisions", schemas.head(known, "") + avro_binary.encode(known.schema, record), event_id.encode()


def read(settings, task, wire, since=None):
    now = datetime.now(UTC)
    return topics.read(settings, task, wire.read, since=since or now - timedelta(days=1), now=now)


def test_what_people_decided_are_cases_and_the_rest_is_counted(settings, task, wire, publish):
    audited = publish(event("audited"))
    publish(
        review("accepted"),
        review("corrected"),
        review("rejected"),
        review("open"),
        result("audited", first=audited),
        result("unlabelled"),
        result("unlabelled"),
        decision("accepted"),
        decision("corrected", "correct", REFUND, avro=False),
        decision("corrected", "correct", CARD, by="bob"),
        decision("rejected", "reject"),
        decision("audited", "correct", REFUND),
        decision("gone", "correct", REFUND),
        ("decisions", b"\xff"),
    )
    found, traffic = read(settings, task, wire)
    cases = {case.id: case for case in found.cases}
    assert cases.keys() == {"accepted", "corrected", "audited"}
    assert (cases["accepted"].expected, cases["audited"].expected) == (CARD, REFUND)
    assert (set(cases["corrected"].labelled_by), cases["corrected"].agreed) == ({"ann", "bob"}, False)
    assert {name: case.event.input["text"] for name, case in cases.items()} == {
        name: f"What of {name}?" for name in cases
    }
    assert cases["audited"].first_answer == CARD
    assert sorted((each.id, each.why) for each in found.exclusions) == [
        ("", "unreadable"),
        ("gone", "event gone"),
        ("rejected", "rejected"),
    ]
    assert found.unlabelled == 1
    assert (traffic.events, traffic.results, traffic.people) == (6, 2, 0)
    assert (traffic.input_tokens, traffic.output_tokens) == (100, 10)
    assert [seen.version for seen in traffic.versions] == ["v1"]
    assert sum(map(Counter, traffic.labels.values()), Counter()) == {"card": 2}  # by day, and a day may just begin
    assert gather.gather(task, [found]).sampling.kept == 3


def test_a_decision_counts_by_its_own_time_however_old_its_event_is(settings, task, wire, publish):
    reviewed, audited = publish(review("reviewed")), publish(event("audited"))
    publish(decision("reviewed", "correct", CARD), result("audited", first=audited))
    last = publish(result("before"))
    while time.time() * 1000 <= max(reviewed.timestamp_ms, last.timestamp_ms) + 2:
        time.sleep(0.001)
    since = datetime.now(UTC)
    publish(decision("reviewed", "correct", REFUND, by="bob"), decision("audited"))
    found, traffic = read(settings, task, wire, since)
    given = {case.id: (case.expected, case.labelled_by) for case in found.cases}
    assert given == {"reviewed": (CARD, ("ann", "bob")), "audited": (CARD, ("ann",))}  # what counts may be older, too
    assert (traffic.events, found.unlabelled, found.exclusions) == (0, 0, ())


def test_a_topic_that_is_not_there_is_told(settings, task, wire):
    other = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}-none"})
    with pytest.raises(errors.Misconfigured, match=r"-none\.decisions"):
        read(other, task, wire)
