"""What producers may send, and what is refused: hostile bytes never do more than that."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from typing import Any

import avro.io
import avro.schema
import hypothesis
import pytest
from hypothesis import strategies as st

from processor.adapters.wire import envelopes
from processor.core import errors
from processor.core.records import Event, Message, Origin, Reason, Retry
from processor.core.wire import fingerprint
from tests import builders, wires

CODEC = wires.make()
GOOD = {"id": "e1", "task": "sort", "input": {"text": "hi"}}
EVENT = avro.schema.parse(envelopes.text("event"))


def decode(value: bytes | None, topic: str = "untuned.tasks") -> Event:
    return CODEC.decode(builders.message(value, topic=topic)).event


def refusal(value: bytes | None, topic: str = "untuned.tasks") -> str:
    with pytest.raises(errors.Refused) as caught:
        decode(value, topic)
    assert caught.value.reason is Reason.UNDECODABLE
    return str(caught.value)


def avro_bytes(schema: avro.schema.Schema, datum: Any) -> bytes:
    out = io.BytesIO()
    avro.io.DatumWriter(schema).write(datum, avro.io.BinaryEncoder(out))
    return out.getvalue()


def single_object(datum: Any) -> bytes:
    whole = {"created_at": None, "attributes": {}, **datum}
    return b"\xc3\x01" + fingerprint.fingerprint(EVENT) + avro_bytes(EVENT, whole)


def test_json_event_with_everything():
    came = {
        **GOOD,
        "created_at": "2026-01-31T10:30:00.5+02:00",
        "attributes": {"channel": "mail"},
        "added_later": [1],
    }

    work = CODEC.decode(builders.message(json.dumps(came).encode(), offset=3))

    assert work.event == Event(
        "e1",
        "sort",
        {"text": "hi"},
        dt.datetime(2026, 1, 31, 8, 30, 0, 500_000, tzinfo=dt.UTC),
        {"channel": "mail"},
    )
    assert (work.attempt, work.attempts, work.due_at) == (1, (), None)
    assert work.origin == work.first == Origin("untuned.tasks", 0, 3, 1000)
    assert (work.key, work.headers) == (b"key", (("x-foreign", b"1"),))


@pytest.mark.parametrize("around", [(b"\xef\xbb\xbf", b""), (b" \r\n\t", b"\n"), (b"", b"  ")])
def test_json_may_have_a_byte_order_mark_and_space(around: tuple[bytes, bytes]):
    assert decode(around[0] + json.dumps(GOOD).encode() + around[1]).id == "e1"


@pytest.mark.parametrize("attributes", [None, {}])
def test_json_null_is_as_good_as_missing(attributes: Any):
    event = decode(json.dumps({**GOOD, "created_at": None, "attributes": attributes}).encode())

    assert (event.created_at, event.attributes) == (None, {})


def test_single_object_encoding_of_the_event_envelope():
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    datum = {**GOOD, "input": '{"text": "hi"}', "created_at": now, "attributes": {"a": "b"}}

    assert decode(single_object(datum)) == Event("e1", "sort", {"text": "hi"}, now, {"a": "b"})


def test_registry_avro_of_a_producers_own_schema():
    text = json.dumps(
        {
            "type": "record",
            "name": "Ticket",
            "namespace": "shop",
            "fields": [
                {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
                {"name": "task", "type": "string"},
                {"name": "created_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
                {"name": "shop", "type": "int"},
                {
                    "name": "input",
                    "type": {
                        "type": "record",
                        "name": "Input",
                        "fields": [
                            {"name": "text", "type": "string"},
                            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
                            {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
                            {"name": "photo", "type": "bytes"},
                            {"name": "score", "type": ["null", "double"]},
                        ],
                    },
                },
            ],
        }
    )
    registry = wires.FakeRegistry()
    schema_id = registry.register("tickets", text)
    with pytest.warns(match="local-timestamp-millis"):
        schema = avro.schema.parse(text)
    identity = "123e4567-e89b-12d3-a456-426614174000"
    created = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    given = {"text": "hi", "day": dt.date(2026, 1, 2), "local": 5, "photo": b"\xff", "score": float("nan")}
    datum = {"id": identity, "task": "sort", "created_at": created, "shop": 3, "input": given}
    value = b"\x00" + schema_id.to_bytes(4, "big") + avro_bytes(schema, datum)

    event = wires.make(registry=registry).decode(builders.message(value)).event

    plain = {"text": "hi", "day": "2026-01-02", "local": 5, "photo": "/w==", "score": None}
    assert event == Event(identity, "sort", plain, created)


def changed(**fields: Any) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


REFUSED = [
    (None, "it has no value"),
    (b"", "Expecting value"),
    (b"hello", "Expecting value"),
    (b"{", "Expecting property name"),
    (b'{"id": "e1"} {}', "Extra data"),
    (b"[]", "it is not an object"),
    (b'"{}"', "it is not an object"),
    (b"null", "it is not an object"),
    (b"3", "it is not an object"),
    (b"\xff\xfe{\x00}\x00", "it is not UTF-8"),
    (b'{"id": "\xe4"}', "it is not UTF-8"),
    (b'{"id": "e1", "id": "e2"}', "a key stands twice"),
    (b'{"input": {"a": 1, "a": 2}}', "a key stands twice"),
    (b'{"x": NaN}', "NaN is not JSON"),
    (b'{"x": -Infinity}', "-Infinity is not JSON"),
    (b'{"x": 1e999}', "a number is too large"),
    (b'{"x": ' + b"9" * 5000 + b"}", ""),
    (b'{"x": "\\ud800"}', "half a surrogate pair"),
    (b'{"x\\uDFFF": 1}', "half a surrogate pair"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    (b'{"a":' * 65 + b"1" + b"}" * 65, "nested more than 64 levels"),
    (b"{}", "it has no `id`"),
    (changed(id=None), "it has no `id`"),
    (changed(id=7), "its `id` is not a string, or empty"),
    (changed(id=""), "its `id` is not a string, or empty"),
    (changed(id=" "), "its `id` is not a string, or empty"),
    (changed(id="x" * 201), "its `id` has more than 200 characters"),
    (changed(id="a\nb"), "its `id` holds characters that cannot be printed"),
    (changed(id="a\u202eb"), "its `id` holds characters that cannot be printed"),
    (changed(task=None), "it has no `task`"),
    (changed(task=[]), "its `task` is not a string, or empty"),
    (changed(input=None), "it has no `input`"),
    (changed(input=[]), "its `input` is not an object"),
    (changed(input="text"), "its `input` is not the text of a JSON object"),
    (changed(input="[]"), "its `input` is not an object"),
    (changed(created_at=5), "its `created_at` is not a time"),
    (changed(created_at="yesterday"), "its `created_at` is not a time"),
    (changed(created_at="2026-01-31T10:30:00"), "its `created_at` is not a time"),
    (changed(attributes=[]), "its `attributes` are not an object of strings"),
    (changed(attributes={"a": 1}), "its `attributes` are not an object of strings"),
    (b"\x00", "it ends before its schema id"),
    (b"\x00\x00\x00\x00\x01rest", "and none is set (SCHEMA_REGISTRY_URL)"),
    (b"\xc3\x01", "a schema that is not known here"),
    (b"\xc3\x01" + bytes(20), "a schema that is not known here"),
    (b"\xc3\x01" + fingerprint.fingerprint(EVENT), "it is not Avro of its schema"),
    (single_object({**GOOD, "input": "{}"})[:-3], "it is not Avro of its schema"),
    (single_object({**GOOD, "input": "{}"}) + b"\x00", "bytes are left over"),
    (single_object({**GOOD, "input": "{"}), "its `input` is not the text of a JSON object"),
    (single_object({**GOOD, "id": "", "input": "{}"}), "its `id` is not a string, or empty"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[f"{n}-{m}" for n, (_, m) in enumerate(REFUSED)])
def test_what_is_no_event_is_refused_and_says_why(value: bytes | None, message: str):
    found = refusal(value)

    assert message in found
    assert len(found) < 200


def test_refusal_holds_nothing_of_the_message():
    for value in (b'{"id": SECRET}', changed(created_at="SECRET"), changed(input="SECRET"), b'{"SECRET":1,"SECRET":2}'):
        assert "SECRET" not in refusal(value)


def test_deep_but_allowed_input_survives_a_retry():
    deep: Any = "x"
    for _ in range(63):
        deep = {"a": deep}
    work = CODEC.decode(builders.message(json.dumps({**GOOD, "input": deep}).encode()))

    for wire_format in ("avro", "json"):
        codec = wires.make(wire_format)
        retry = Retry(work, 2, (), wires.provenance(work))
        message = wires.published(codec.encode(retry, now=wires.NOW))
        assert codec.decode(message).event.input == deep
        assert codec.read(message)["event"]["input"] == deep


NESTED = '{"type": "record", "name": "R", "fields": [{"name": "next", "type": ["R"]}]}'
DATED = '{"type": "record", "name": "R", "fields": [{"name": "d", "type": {"type": "int", "logicalType": "date"}}]}'


@pytest.mark.parametrize(
    ("text", "body", "message"),
    [
        ('"not Avro"', b"", "its schema in the registry is not Avro"),
        ('{"type": "array", "items": "null"}', b"\x02\x00", "it is not an object"),
        ('{"type": "array", "items": "null"}', b"\xfe\xff\xff\xff\x0f\x00", "it is not Avro of its schema"),
        ('"string"', b"\x02a", "it is not an object"),
        ('"string"', b"\xfe\xff\xff\xff\x0f\x00", "it is not Avro of its schema"),
        (NESTED, bytes(3000), "it is not Avro of its schema"),
        (DATED, b"\xfe\xff\xff\xff\x0f", "it is not Avro of its schema"),
    ],
)
def test_odd_schemas_in_a_registry(text: str, body: bytes, message: str):
    registry = wires.FakeRegistry()
    registry.register("odd", text)

    with pytest.raises(errors.Refused, match=message):
        wires.make(registry=registry).decode(builders.message(b"\x00\x00\x00\x00\x01" + body))


def test_unknown_schema_id_is_refused():
    codec = wires.make(registry=wires.FakeRegistry())

    with pytest.raises(errors.Refused, match="its schema is not in the registry"):
        codec.decode(builders.message(b"\x00\x00\x00\x00\x09\x00"))


RETRIES = {name: wires.make(name).encode(wires.a_retry(), now=wires.NOW).value for name in ("avro", "json")}


@pytest.mark.parametrize("field", ["event", "attempt", "attempts", "first", "due_at"])
def test_retry_record_that_is_not_ours(field: str):
    record = json.loads(RETRIES["json"])

    wrongs: list[Any] = [None, "x", 3.5, [], {}, [3]]
    for wrong in wrongs:
        if (field, wrong) in (("attempts", []), ("due_at", None)):
            continue
        assert refusal(json.dumps({**record, field: wrong}).encode(), "untuned.retry")
    del record[field]
    if field != "due_at":
        assert refusal(json.dumps(record).encode(), "untuned.retry")


def test_event_on_the_retry_topic_is_refused():
    assert refusal(json.dumps(GOOD).encode(), "untuned.retry") == "it is not a retry record"


def mutated(value: bytes) -> st.SearchStrategy[bytes]:
    """A good message with some bytes put in place of others."""
    places = st.tuples(st.integers(0, len(value)), st.integers(0, 4), st.binary(max_size=4))
    return st.lists(places, min_size=1, max_size=3).map(lambda cuts: _cut(value, cuts))


def _cut(value: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, put in cuts:
        value = value[:start] + put + value[start + length :]
    return value


HOSTILE = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=30).map(lambda tail: b"\xc3\x01" + fingerprint.fingerprint(EVENT) + tail),
    mutated(json.dumps(GOOD).encode()),
    mutated(single_object({**GOOD, "input": "{}"})),
    mutated(RETRIES["avro"]),
    mutated(RETRIES["json"]),
)


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(HOSTILE, st.sampled_from(["untuned.tasks", "untuned.retry", "untuned.results"]))
def test_hostile_bytes_are_decoded_or_refused(value: bytes, topic: str):
    message = Message(Origin(topic, 0, 0, 0), None, value, (("untuned-task", value[:4]),))
    # Anything else that is raised fails the test; what is decoded can be published again.
    with contextlib.suppress(errors.Refused):
        json.dumps(CODEC.read(message)).encode()
    with contextlib.suppress(errors.Refused):
        work = CODEC.decode(message)
        CODEC.encode(Retry(work, 2, (), wires.provenance(work)), now=wires.NOW)
