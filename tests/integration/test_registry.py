"""The wire against a real schema registry with the Confluent API."""

from __future__ import annotations

import contextlib
import json
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

import avro.schema
import pytest
from confluent_kafka import schema_registry

from processor import app
from processor.adapters import telemetry, wire
from processor.adapters.registry import Registry
from processor.core import errors
from processor.core.contracts import contract
from processor.core.records import Result
from processor.core.wire import avro_binary, written
from tests import builders, registries, running, verbs, wires

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.config import Settings
    from processor.core.records import Message


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registries.running(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def registry(url: str) -> Iterator[Registry]:
    client = Registry(url)
    yield client
    client.close()


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


def make(registry: Registry, prefix: str, answers: contract.Contract = wires.CONTRACT) -> wire.Wire:
    return wire.Wire(
        {"sort": answers}.get,
        wire_format="avro",
        registry=registry,
        topic=lambda kind: f"{prefix}.{kind}",
        source="/untuned/test",
    )


def ask(url: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    request = urllib.request.Request(url + path, data, headers, method="GET" if body is None else "PUT")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def published(outgoing: wire.Outgoing, prefix: str) -> Message:
    return builders.message(outgoing.value, topic=f"{prefix}.{outgoing.kind}")


def test_another_process_reads_what_was_written(url: str, registry: Registry, prefix: str):
    writer = make(registry, prefix)
    messages = {
        kind: published(writer.encode(decision, now=wires.NOW), prefix)
        for kind, decision in (
            ("results", wires.a_result()),
            ("retry", wires.a_retry()),
            ("review", wires.a_review()),
        )
    }
    fresh = Registry(url)
    try:
        # A reader that does not even know the task: the registry has the schema.
        reader = wire.Wire(
            lambda _: None, wire_format="json", registry=fresh, topic=lambda kind: f"{prefix}.{kind}", source="s"
        )
        assert reader.read(messages["results"])["answer"]["category"] == "card"
        assert reader.read(messages["review"])["answer"] == {"category": "ürgent"}
        assert reader.decode(messages["retry"]).attempts == wires.a_retry().work.attempts
    finally:
        fresh.close()


def test_subjects_are_by_topic_and_record(url: str, registry: Registry, prefix: str):
    writer = make(registry, prefix)
    for decision in (wires.a_result(), wires.a_retry(), wires.a_review()):
        writer.encode(decision, now=wires.NOW)

    assert {subject for subject in ask(url, "/subjects") if subject.startswith(prefix)} == {
        f"{prefix}.results-acme.support.AnswerResult",
        f"{prefix}.retry-untuned.Retry",
        f"{prefix}.review-untuned.Review",
    }
    found = ask(url, f"/subjects/{prefix}.results-acme.support.AnswerResult/versions/latest")
    assert all(field.doc for field in avro.schema.parse(found["schema"]).fields)


def test_two_workers_register_one_schema(url: str, registry: Registry, prefix: str):
    first = make(registry, prefix).encode(wires.a_result(), now=wires.NOW)
    other = Registry(url)
    try:
        second = make(other, prefix).encode(wires.a_result(), now=wires.NOW)
    finally:
        other.close()

    assert first.value == second.value
    assert ask(url, f"/subjects/{prefix}.results-acme.support.AnswerResult/versions") == [1]


def test_producer_sends_avro_of_its_own(registry: Registry, prefix: str):
    fields = [{"name": name, "type": "string"} for name in ("id", "task")]
    given = {"type": "record", "name": "Given", "fields": [{"name": "text", "type": "string"}]}
    text = json.dumps({"type": "record", "name": "Ticket", "fields": [*fields, {"name": "input", "type": given}]})
    schema_id = registry.register(f"{prefix}.tasks-Ticket", text)
    datum = {"id": "e1", "task": "sort", "input": {"text": "hi"}}
    value = b"\x00" + schema_id.to_bytes(4, "big") + avro_binary.encode(avro.schema.parse(text), datum)

    work = make(registry, prefix).decode(builders.message(value, topic=f"{prefix}.tasks"))

    assert work.event == builders.event("hi")


def test_unknown_id_is_refused(registry: Registry, prefix: str):
    with pytest.raises(errors.Refused, match="not in the registry"):
        make(registry, prefix).decode(builders.message(b"\x00\x7f\xff\xff\xff\x02a"))


def test_schema_that_is_not_avro(url: str, registry: Registry, prefix: str):
    text = '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}'
    with schema_registry.SchemaRegistryClient({"url": url}) as client:
        schema_id = client.register_schema(f"{prefix}-x", schema_registry.Schema(text, schema_type="JSON"))

    with pytest.raises(LookupError, match="not Avro"):
        registry.schema(schema_id)


def test_changed_contract_is_held_to_the_subjects_compatibility(url: str, registry: Registry, prefix: str):
    make(registry, prefix).encode(wires.a_result(), now=wires.NOW)
    subject = f"{prefix}.results-acme.support.AnswerResult"
    ask(url, f"/config/{subject}", {"compatibility": "BACKWARD"})
    raw = json.loads(wires.TYPED)

    raw["fields"].append({"name": "extra", "type": ["null", "string"], "default": None})
    answers = contract.parse(json.dumps(raw), "a.avsc")
    result = Result(wires.tried(), {**wires.ANSWER, "extra": "x"}, (), wires.provenance(wires.tried()), answers)
    make(registry, prefix, answers).encode(result, now=wires.NOW)
    assert ask(url, f"/subjects/{subject}/versions") == [1, 2]

    del raw["fields"][-1]["default"]
    raw["fields"].append({"name": "more", "type": "string"})
    answers = contract.parse(json.dumps(raw), "a.avsc")
    result = Result(wires.tried(), {**result.answer, "more": "x"}, (), result.provenance, answers)
    with pytest.raises(errors.Misconfigured, match="compatible"):
        make(registry, prefix, answers).encode(result, now=wires.NOW)


def written_by(prefix: str, text: str = wires.TYPED) -> tuple[written.Written, ...]:
    contracts = {"sort": contract.parse(text, "schemas/sort.avsc")}
    return tuple(written.of(contracts, wire.envelope, lambda kind: f"{prefix}.{kind}"))


def standings(registry: Registry, schemas: tuple[written.Written, ...]) -> dict[str, str]:
    return {each.file: registry.standing(each.subject, each.text).status for each in schemas}


def test_announced_schemas_are_registered_and_not_asked_for_again(
    url: str, registry: Registry, prefix: str, monkeypatch: pytest.MonkeyPatch
):
    schemas = written_by(prefix)
    assert set(standings(registry, schemas).values()) == {"new"}
    registry.announce(schemas)
    assert set(standings(registry, schemas).values()) == {"registered"}
    assert {subject for subject in ask(url, "/subjects") if subject.startswith(prefix)} == {
        each.subject for each in schemas
    }

    def unasked(request: object) -> None:
        raise AssertionError(f"the registry is asked again: {request}")

    monkeypatch.setattr(registry, "_ask", unasked)
    codec = make(registry, prefix)
    for decision in (wires.a_result(), wires.a_retry(), wires.a_review()):
        assert codec.encode(decision, now=wires.NOW).value.startswith(b"\x00")


@pytest.mark.parametrize(
    ("level", "change", "status", "breaks"),
    [
        ("BACKWARD", {"name": "more", "type": "string"}, "incompatible", ("$.answer.more is new and has no default",)),
        ("BACKWARD", {"name": "more", "type": "string", "default": ""}, "compatible", ()),
        ("FORWARD", {"name": "more", "type": "string"}, "compatible", ()),
        ("NONE", {"name": "more", "type": "string"}, "compatible", ()),
    ],
)
def test_a_changed_schema_at_its_subject(
    url: str, registry: Registry, prefix: str, level: str, change: Any, status: str, breaks: tuple[str, ...]
):
    registry.announce(written_by(prefix))
    raw = json.loads(wires.TYPED)
    raw["fields"].append(change)
    changed = written_by(prefix, json.dumps(raw))
    ask(url, f"/config/{changed[0].subject}", {"compatibility": level})

    found = registry.standing(changed[0].subject, changed[0].text)

    assert (found.status, found.level, found.breaks) == (status, level, breaks)


def test_nothing_is_registered_where_one_does_not_fit(url: str, registry: Registry, prefix: str):
    first = written_by(prefix)[:1]
    registry.announce(first)
    subject = first[0].subject
    ask(url, f"/config/{subject}", {"compatibility": "FULL"})
    raw = json.loads(wires.TYPED)
    raw["fields"].append({"name": "more", "type": "string"})

    with pytest.raises(errors.DefinitionError, match=r"\$\.answer\.more is new and has no default") as refused:
        registry.announce(written_by(prefix, json.dumps(raw)))

    assert refused.value.path == "schemas/sort.avsc"
    assert f"{subject} (FULL)" in str(refused.value)
    assert [name for name in ask(url, "/subjects") if name.startswith(prefix)] == [subject]


def test_the_verb_says_what_breaks(url: str, registry: Registry, prefix: str, tmp_path: Path):
    folder = running.plain_project(tmp_path)
    environment = {"UNTUNED_PROJECT": str(folder), "UNTUNED_TOPIC_PREFIX": prefix, "SCHEMA_REGISTRY_URL": url}
    new = verbs.run(environment, "schemas", "--check", "--json")
    assert new.code == 0
    assert {row["status"] for row in new.json[0]["schemas"]} == {"new"}

    registry.announce(written_by(prefix, builders.SCHEMA))
    ask(url, f"/config/{prefix}.results-test.AnswerResult", {"compatibility": "BACKWARD"})
    (folder / "schemas/sort.avsc").write_text(builders.SCHEMA.replace('"reason"', '"why"'))
    ended = verbs.run(environment, "schemas", "--check")

    assert ended.code == 1
    assert "schemas/sort.avsc: $.answer.why is new and has no default" in ended.out
    assert ended.out.count("registered") == 4


def test_standing_without_a_registry(url: str, prefix: str):
    (first, *_) = written_by(prefix)
    for address, expected in (
        ("http://127.0.0.1:9", errors.Unavailable),
        (url.replace("/apis/ccompat/v7", "/nothing"), errors.Misconfigured),
    ):
        elsewhere = Registry(address)
        try:
            with pytest.raises(expected):
                elsewhere.standing(first.subject, first.text)
        finally:
            elsewhere.close()


@pytest.mark.parametrize("decision", [wires.a_result, wires.a_retry])
def test_no_registry_at_the_address(decision: Any, prefix: str):
    away = Registry("http://127.0.0.1:9")
    try:
        with pytest.raises(errors.Unavailable, match="no schema registry answers"):
            make(away, prefix).encode(decision(), now=wires.NOW)
    finally:
        away.close()


def test_address_of_something_else(url: str, prefix: str):
    elsewhere = Registry(url.replace("/apis/ccompat/v7", "/nothing"))
    try:
        with pytest.raises(errors.Misconfigured, match="SCHEMA_REGISTRY_URL"):
            make(elsewhere, prefix).encode(wires.a_result(), now=wires.NOW)
    finally:
        elsewhere.close()


def test_address_that_is_none():
    with pytest.raises(errors.UsageError, match="SCHEMA_REGISTRY_URL"):
        Registry("localhost:8081")


def test_a_change_that_its_subject_does_not_take_is_refused_while_a_worker_runs(
    url: str, prefix: str, settings: Settings, tmp_path: Path
):
    root = running.plain_project(tmp_path)
    mine = settings.model_copy(update={"project": root, "registry": url, "topic_prefix": prefix})
    client = app.create_registry(mine)
    assert client is not None
    with contextlib.closing(client):
        tasks = app.create_tasks(mine, client, telemetry.Story(contents=False))
        before = tasks.find("sort").version
        (result,) = (each for each in app.written_schemas(mine, {"sort": tasks.find("sort")}) if each.name == "sort")
        ask(url, f"/config/{result.subject}", {"compatibility": "BACKWARD"})
        changed = json.loads(builders.SCHEMA)
        changed["fields"].append({"name": "due", "type": "string"})
        for default, is_taken in (({}, False), ({"default": ""}, True)):
            changed["fields"][-1].update(default)
            (root / "schemas/sort.avsc").write_text(json.dumps(changed))
            tasks.look()
            tasks.look()
            assert (tasks.find("sort").version != before) is is_taken
            assert (tasks.report()["sort"]["refused"] is None) is is_taken
            assert is_taken or "BACKWARD" in tasks.report()["sort"]["refused"]
