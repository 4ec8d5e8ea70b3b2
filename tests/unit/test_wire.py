"""What untuned writes to its topics, and that it reads it back."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import avro.schema
import pytest

from processor.adapters.wire import envelopes
from processor.core import errors, routing
from processor.core.contracts import contract
from processor.core.records import Action, Lease, Retry, Ruling, Usage, Violation
from processor.core.wire import avro_binary, changes, earlier, envelope, fingerprint, headers, result_schema
from tests import builders, calibrations
from tests.wires import (
    ANSWER,
    CONTRACT,
    NOW,
    TYPED,
    WARNING,
    FakeRegistry,
    a_result,
    a_retry,
    a_review,
    make,
    provenance,
    published,
    tried,
    undecodable,
)

FORMATS = [("avro", None), ("avro", FakeRegistry()), ("json", None)]
IDS = ["single-object", "registry", "json"]


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
def test_result_reads_back_whole(wire_format: str, registry: FakeRegistry | None):
    outgoing = make(wire_format, registry).encode(a_result(), now=NOW)

    record = make(wire_format, registry).read(published(outgoing))

    assert outgoing.kind == "results"
    assert record["answer"] == {"category": "card", "due": "2026-12-01", "amount": "-3.50"}
    assert (record["event_id"], record["task"], record["version"], record["model"]) == ("e1", "sort", "v1", "tiny")
    assert record["created_at"] == record["decided_at"] == "2026-11-24T06:00:00.123456Z"
    assert record["decided_by"] == "model"
    assert record["attributes"] == {"channel": "mail"}
    assert [(a["number"], a["cost_usd"], a["duration_ms"]) for a in record["attempts"]] == [
        (1, "0.00012", 200.0),
        (2, None, 200.0),
    ]
    assert record["usage"] == {"input_tokens": 200, "output_tokens": 20, "cached_tokens": 0}
    assert record["cost_usd"] == "0.000120"
    assert [set(p) for p in record["passages"]] == [{"id", "kind", "source", "title", "score", "content_hash"}] * 2
    assert record["passages_cut"] == ["c"]
    assert record["warnings"] == [dataclasses.asdict(WARNING)]
    assert record["durations_ms"] == {"complete": 200.0}
    assert record["latency_ms"] == pytest.approx(NOW.timestamp() * 1000 - 1000, abs=0.001)
    assert record["first"] == {"topic": "untuned.tasks", "partition": 0, "offset": 7, "timestamp_ms": 1000}


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
def test_a_result_says_under_which_calibration_it_was_accepted(wire_format: str, registry: FakeRegistry | None):
    codec, made = make(wire_format, registry), calibrations.table()

    under = codec.read(published(codec.encode(dataclasses.replace(a_result(), calibration=made), now=NOW)))
    without = codec.read(published(codec.encode(a_result(), now=NOW)))

    assert under["calibration"] == {"of": made.of, "date": "2026-11-24", "max_error": 0.03, "confidence": 0.95}
    assert without["calibration"] is None


@pytest.mark.parametrize("age", [0, 1], ids=["without reviews", "without calibrations"])
def test_a_result_from_before_the_envelope_grew_is_still_read(age):
    older = result_schema.compose([*earlier.texts("result", envelopes.text("result"))][age], CONTRACT)
    newer = result_schema.compose(envelopes.text("result"), CONTRACT)
    record = {**envelope.result(a_result(), NOW), "answer": ANSWER}
    value = b"\xc3\x01" + fingerprint.fingerprint(older) + avro_binary.encode(older, record)

    found = make().read(published(dataclasses.replace(make().encode(a_result(), now=NOW), value=value)))

    assert ("reviewed" in found, "calibration" in found) == (False, age == 0)
    assert found["answer"]["category"] == "card"
    assert changes.breaking(older, newer, "FULL") == ()


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
def test_retry_becomes_the_same_work_with_its_attempts(wire_format: str, registry: FakeRegistry | None):
    retry = a_retry()
    message = published(make(wire_format, registry).encode(retry, now=NOW))

    assert make(wire_format, registry).decode(message) == dataclasses.replace(
        retry.work, attempt=3, origin=message.origin, headers=message.headers, due_at=NOW
    )
    assert make(wire_format, registry).read(message)["event"]["input"] == {"text": "Where is my card?"}


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
def test_review_shows_a_person_everything(wire_format: str, registry: FakeRegistry | None):
    record = make(wire_format, registry).read(published(make(wire_format, registry).encode(a_review(), now=NOW)))

    assert (record["reason"], record["detail"], record["raw"]) == ("rule", "wants a person", None)
    assert record["event"]["input"] == {"text": "Where is my card?"}
    assert record["answer"] == {"category": "ürgent"}
    assert [p["text"] for p in record["passages"]] == ["Cards take a week."] * 2
    assert record["passages"][1]["answer"] == {"category": "card", "reason": "asks for a card"}
    assert [a["answer"] for a in record["attempts"]] == ["{}", "{}"]
    assert (record["origin"]["offset"], record["first"]["offset"]) == (9, 7)
    assert record["usage"]["input_tokens"] == 200


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
@pytest.mark.parametrize(("value", "kept"), [(b"\xff\x00{", "/wB7"), (b"", ""), (None, None)])
def test_undecodable_bytes_are_kept(wire_format: str, registry: FakeRegistry | None, value: Any, kept: str | None):
    codec = make(wire_format, registry)

    record = codec.read(published(codec.encode(undecodable(value), now=NOW)))

    assert (record["raw"], record["event"], record["reason"]) == (kept, None, "undecodable")
    assert record["origin"] == record["first"]


def texts(headers: tuple[tuple[str, bytes], ...]) -> dict[str, str]:
    assert len({name for name, _ in headers if name != "x-foreign"}) == len([n for n, _ in headers if n != "x-foreign"])
    return {name: value.decode() for name, value in headers}


CAME = (
    ("x-foreign", b"\xff1"),
    ("traceparent", b"00-abc"),
    ("ce_id", b"the producer's"),
    ("content-type", b"text/plain"),
    ("untuned-original-topic", b"old"),
    ("x-foreign", b"2"),
)


def test_headers_of_a_result():
    outgoing = make().encode(a_result(headers=CAME), now=NOW)

    assert outgoing.headers[:3] == (CAME[0], CAME[1], CAME[5])
    assert texts(outgoing.headers[1:]) == {
        "traceparent": "00-abc",
        "x-foreign": "2",
        "ce_specversion": "1.0",
        "ce_id": "e1:result",
        "ce_source": "/untuned/untuned",
        "ce_type": "untuned.result",
        "ce_time": "2026-11-24T06:00:00.123456Z",
        "content-type": "application/avro",
        "untuned-task": "sort",
        "untuned-attempt": "2",
    }


def test_headers_of_a_retry_and_of_a_review():
    retry = texts(make("json").encode(a_retry(), now=NOW).headers)
    review = texts(make().encode(a_review(), now=NOW).headers)

    assert (retry["ce_id"], retry["ce_type"], retry["content-type"]) == (
        "e1:retry:3",
        "untuned.retry",
        "application/json",
    )
    assert (retry["untuned-attempt"], retry["untuned-reason"]) == ("3", "odd_amount,enum")
    assert (review["ce_id"], review["untuned-attempt"], review["untuned-reason"]) == ("e1:review", "2", "rule")
    for found in (retry, review):
        original = {name: value for name, value in found.items() if name.startswith("untuned-original-")}
        assert list(original.values()) == ["untuned.tasks", "0", "7", "1000"]


def test_headers_of_what_is_undecodable():
    found = texts(make().encode(undecodable(), now=NOW).headers)

    assert found["ce_id"] == "untuned.tasks/0/5:review"
    assert found["untuned-original-offset"] == "5"
    assert "untuned-task" not in found


REPLAYED = (("untuned-replay", b"2"), ("untuned-replay", b"7"))


@pytest.mark.parametrize("decision", [a_result, a_retry, a_review])
def test_replays_are_on_every_message_of_an_event_that_was_sent_through_again(decision: Any):
    assert dict(make().encode(decision(replay=2, headers=REPLAYED), now=NOW).headers)["untuned-replay"] == b"2"
    assert "untuned-replay" not in dict(make().encode(decision(), now=NOW).headers)


def test_replays_of_what_is_undecodable():
    review = undecodable()
    again = dataclasses.replace(review, message=dataclasses.replace(review.message, headers=REPLAYED))
    assert texts(make().encode(again, now=NOW).headers)["untuned-replay"] == "2"


def test_a_result_says_which_event_it_answers_and_a_review_or_retry_why_it_is_there():
    result, retry, review = (make().encode(found, now=NOW).headers for found in (a_result(), a_retry(), a_review()))
    assert [headers.event(found) for found in (result, retry, review)] == [("sort", "e1")] * 3
    assert [headers.reason(found) for found in (result, retry, review)] == ["", "odd_amount,enum", "rule"]
    assert (headers.event(()), headers.reason(())) == (None, "")
    assert headers.event(make().encode(undecodable(), now=NOW).headers) is None
    odd = make().encode(a_result(event=builders.event(id="a:review:retry:1")), now=NOW).headers
    assert headers.event(odd) == ("sort", "a:review:retry:1")


@pytest.mark.parametrize("topic", ["untuned.tasks", "untuned.retry"])
@pytest.mark.parametrize(
    ("given", "replay"),
    [
        (b"1", 1),
        (b"007", 7),
        (b"1000", 1000),
        (b"999999999", 1000),
        *((value, 0) for value in (b"", b"-1", b" 1", b"1\n", b"1_0", b"+1", "\u0661".encode(), b"\xff", b"9" * 5000)),
    ],
)
def test_replays_are_read_from_the_header(topic: str, given: bytes, replay: int):
    event = json.dumps({"id": "e1", "task": "sort", "input": {}}).encode()
    value = make().encode(a_retry(), now=NOW).value if topic == "untuned.retry" else event
    message = dataclasses.replace(builders.message(value, topic=topic), headers=(("untuned-replay", given),))
    assert make().decode(message).replay == replay


@pytest.mark.parametrize("decision", [a_result, a_retry, a_review])
def test_key_is_kept_or_the_event_id(decision: Any):
    assert make().encode(decision(), now=NOW).key == b"key"
    assert make().encode(decision(key=b""), now=NOW).key == b""
    assert make().encode(decision(key=None), now=NOW).key == b"e1"


def test_undecodable_message_without_a_key_has_none():
    review = undecodable()

    assert make().encode(review, now=NOW).key == b"key"
    bare = dataclasses.replace(review, message=dataclasses.replace(review.message, key=None))
    assert make().encode(bare, now=NOW).key is None


def test_single_object_encoding_names_the_schema_by_fingerprint():
    value = make().encode(a_retry(), now=NOW).value

    assert value[:2] == b"\xc3\x01"
    assert value[2:10] != make().encode(a_review(), now=NOW).value[2:10]


def test_registry_is_asked_once_a_schema():
    registry = FakeRegistry()
    codec = make(registry=registry)

    for decision in (a_result(), a_retry(), a_review(), a_result(), a_retry(), a_review()):
        outgoing = codec.encode(decision, now=NOW)
        codec.read(published(outgoing))
        codec.read(published(outgoing))

    assert registry.subjects == {
        "untuned.results-acme.support.AnswerResult": 1,
        "untuned.retry-untuned.Retry": 2,
        "untuned.review-untuned.Review": 3,
    }
    assert registry.asked == 6
    assert outgoing.value[:5] == b"\x00\x00\x00\x00\x03"
    assert [avro.schema.parse(text).fullname for text in registry.texts] == [
        "acme.support.AnswerResult",
        "untuned.Retry",
        "untuned.Review",
    ]


def test_registry_away_is_unavailable_and_nothing_is_remembered():
    registry = FakeRegistry()
    codec = make(registry=registry)
    registry.away = True
    with pytest.raises(errors.Unavailable):
        codec.encode(a_result(), now=NOW)

    registry.away = False
    message = published(codec.encode(a_retry(), now=NOW))
    registry.away = True
    with pytest.raises(errors.Unavailable):
        make(registry=registry).decode(message)


def test_retry_of_another_version_is_resolved():
    registry = FakeRegistry()
    codec = make(registry=registry)
    message = published(codec.encode(a_retry(), now=NOW))
    newer = json.loads(registry.texts[0])
    newer["fields"].insert(0, {"name": "added", "type": "string"})
    registry.texts.append(json.dumps(newer))
    assert message.value is not None
    value = b"\x00\x00\x00\x00\x02" + b"\x06new" + message.value[5:]

    assert codec.decode(dataclasses.replace(message, value=value)) == codec.decode(message)


def test_results_are_written_by_the_contract_that_they_were_judged_by():
    changed = contract.parse(builders.SCHEMA, "schemas/sort.avsc")
    answer = {"category": "card", "reason": "lost"}
    newer = dataclasses.replace(a_result(), answer=answer, contract=changed)
    codec = make()

    before, after, late = (codec.encode(result, now=NOW) for result in (a_result(), newer, a_result()))

    assert late.value == before.value
    assert codec.read(published(before))["answer"]["amount"] == "-3.50"
    assert codec.read(published(after))["answer"] == answer
    with pytest.raises(ValueError, match=r"does not fit the schema test\.AnswerResult"):
        codec.encode(dataclasses.replace(a_result(), contract=changed), now=NOW)


def test_a_result_of_a_task_that_is_gone_is_written_all_the_same():
    work = dataclasses.replace(tried(), event=builders.event(task="gone"))
    codec = make()
    assert codec.read(published(codec.encode(dataclasses.replace(a_result(), work=work), now=NOW)))["task"] == "gone"


@pytest.mark.parametrize("wire_format", ["avro", "json"])
def test_what_a_model_may_write_is_written(wire_format: str):
    odd = builders.an_attempt(1, answer="half \ud800 pair", model="\ud800")
    work = tried(attempts=(odd,))
    review = dataclasses.replace(
        a_review(), work=work, answer={"x": float("inf"), "y": "\udfff"}, violations=(Violation("$", "r", "\ud800"),)
    )

    record = make().read(published(make(wire_format).encode(review, now=NOW)))

    assert record["attempts"][0]["answer"] == "half ? pair"
    assert record["answer"] == {"x": None, "y": "?"}


def test_number_that_no_long_can_hold_is_not_written_as_another():
    work = tried(attempts=(builders.an_attempt(1, usage=Usage(2**63, 0)),))

    with pytest.raises(ValueError, match="does not fit"):
        make().encode(Retry(work, 2, (), provenance(work)), now=NOW)


def test_answer_without_a_namespace():
    bare = contract.parse(TYPED.replace('"namespace": "acme.support", ', ""), "a.avsc")
    codec = make(sort=bare)

    record = codec.read(published(codec.encode(a_result(), now=NOW)))

    assert record["answer"]["category"] == "card"


def test_registry_text_of_a_result_keeps_docs_and_decodes_the_answer():
    registry = FakeRegistry()
    value = make(registry=registry).encode(a_result(), now=NOW).value

    schema = avro.schema.parse(registry.texts[0])

    assert schema.doc
    assert all(field.doc for field in schema.fields)
    assert avro_binary.decode(value[5:], schema)["answer"] == ANSWER


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ('"int"', 8247732601305521295),
        ('{"type": "int", "logicalType": "date", "minimum": 3}', 8247732601305521295),
        ('["int", {"type": "boolean"}]', 5392556393470105090),
        (
            """{"type": "record", "name": "foo", "fields": [
                {"type": "boolean", "aliases": [], "name": "f1", "default": "true"},
                {"order": "descending", "name": "f2", "doc": "Hello", "type": "int"}]}""",
            -4860222112080293046,
        ),
        (
            '{"namespace": "x.y.z", "type": "enum", "name": "foo", "doc": "foo bar", "symbols": ["A1", "A2"]}',
            -4448647247586288245,
        ),
        ('{"namespace": "x.y.z", "type": "fixed", "name": "foo", "doc": "foo bar", "size": 32}', -3064184465700546786),
        ('{"items": {"type": "null"}, "type": "array"}', -589620603366471059),
        ('{"values": "string", "type": "map"}', -8732877298790414990),
        (
            """{"name": "PigValue", "type": "record",
                "fields": [{"name": "value", "type": ["null", "int", "long", "PigValue"]}]}""",
            -1759257747318642341,
        ),
    ],
)
def test_fingerprints_are_those_of_other_languages(text: str, digits: int):
    # The figures are those of Avro's share/test/data/schema-tests.txt.
    found = fingerprint.fingerprint(avro.schema.parse(text))

    assert int.from_bytes(found, "little", signed=True) == digits


def test_a_reviewers_decision_from_before_there_were_blind_checks_is_still_read():
    (text,) = earlier.texts("decision", envelopes.text("decision"))
    older = avro.schema.parse(text)
    record = envelope.ruling(RULING, as_text=True)
    value = b"\xc3\x01" + fingerprint.fingerprint(older) + avro_binary.encode(older, record)

    found = make().read(builders.message(value, topic="untuned.decisions"))

    assert {"id", "blind", "overridden"}.isdisjoint(found)
    assert (found["decided_by"], found["answer"]) == ("ann", RULING.answer)
    assert changes.breaking(older, avro.schema.parse(envelopes.text("decision")), "FULL") == ()


def test_event_reads_as_json():
    came = {"id": "e1", "task": "sort", "input": {"text": "hi"}}

    assert make().read(builders.message(json.dumps(came).encode())) == came


@pytest.mark.parametrize("wire_format", ["avro", "json"])
def test_a_parked_event_comes_back_with_when_it_is_due_and_what_failed(wire_format: str):
    work = dataclasses.replace(tried(), call_failures=4)
    parked = routing.parked(work, provenance(work), 45.5)
    codec = make(wire_format)
    back = codec.decode(published(codec.encode(parked, now=NOW)))
    assert (back.attempt, back.attempts, back.call_failures) == (work.attempt, work.attempts, 4)
    assert (back.due_at, back.delay) == (NOW + timedelta(seconds=45.5), 45.5)
    retried = codec.decode(published(codec.encode(Retry(work, work.attempt + 1, (), provenance(work)), now=NOW)))
    assert (retried.call_failures, retried.delay) == (0, 0.0)


RULING = Ruling(
    id="d-1",
    event_id="e-1",
    task="sort",
    replay=1,
    by="ann",
    action=Action.CORRECT,
    answer={"category": "card", "due": None, "amount": "1.00"},
    note="=cmd()",
    at=NOW,
    seconds=7.5,
    overridden=(WARNING,),
    blind=True,
    inclusion=0.05,
)


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
def test_a_reviewers_decision_goes_over_the_wire_whole(wire_format: str, registry: FakeRegistry | None):
    codec = make(wire_format, registry)

    sent = codec.encode_ruling(RULING, b"k")
    found = codec.read(published(sent))

    assert (sent.kind, sent.key) == ("decisions", b"k")
    assert found["answer"] == RULING.answer
    assert found["overridden"] == [dataclasses.asdict(WARNING)]
    told = [found[name] for name in ("decided_by", "action", "blind", "inclusion", "replay")]
    assert told == ["ann", "correct", True, 0.05, 1]


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
def test_a_result_says_who_decided_and_how(wire_format: str, registry: FakeRegistry | None):
    codec = make(wire_format, registry)
    found = codec.read(published(codec.encode(dataclasses.replace(a_result(), ruling=RULING), now=NOW)))
    assert (found["decided_by"], found["model"]) == ("person", "")
    assert found["reviewed"] == {"by": "ann", "action": "correct", "seconds": 7.5, "decision": "d-1"}


def test_a_persons_result_takes_the_place_of_the_models_and_a_replays_that_of_both():
    def rank(**changes: Any) -> tuple[int, bool]:
        given = dataclasses.replace(a_result(replay=changes.pop("replay", 0)), **changes)
        return headers.rank(make().encode(given, now=NOW).headers)

    assert rank() < rank(ruling=RULING) < rank(replay=1) < rank(replay=1, ruling=RULING)
    assert rank() == (0, False)


@pytest.mark.parametrize(("wire_format", "registry"), FORMATS, ids=IDS)
def test_a_lease_goes_over_the_wire(wire_format: str, registry: FakeRegistry | None):
    codec = make(wire_format, registry)
    sent = codec.encode_lease(Lease("e-1", "sort", 0, "ann", 300.0), None)
    assert (sent.kind, sent.key) == ("leases", b"e-1")
    told = {"event_id": "e-1", "task": "sort", "replay": 0, "held_by": "ann", "seconds": 300.0}
    assert codec.read(published(sent)) == told


def test_a_review_item_from_before_there_were_audits_is_still_read():
    (text,) = earlier.texts("review", envelopes.text("review"))
    older = avro.schema.parse(text)
    sent = make().encode(a_review(), now=NOW)
    value = b"\xc3\x01" + fingerprint.fingerprint(older)
    value += avro_binary.encode(older, envelope.review(a_review(), NOW, as_text=True))
    found = make().read(published(dataclasses.replace(sent, value=value)))
    assert "inclusion" not in found
    assert all("columns" not in each for each in found["passages"])
    assert changes.breaking(older, avro.schema.parse(envelopes.text("review")), "BACKWARD") == ()
