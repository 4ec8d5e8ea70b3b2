import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import confluent_kafka
import pytest

from processor import app
from processor.adapters import kafka_client, reading
from processor.core.records import Action, Message, Provenance, Reason, Result, Retry, Review, Ruling, Usage
from tests import builders, running, verbs

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANSWER = {"category": "card", "reason": "asks for a card"}
HOSTILE = "\x1b[2J[red]\u202e/etc"


def provenance():
    return Provenance("v1", (), (), (builders.an_attempt(),), Usage(100, 10), None, {"complete": 0.2})


def result(event_id, reason="asks for a card"):
    answer = {**ANSWER, "reason": reason}
    return Result(builders.work(id=event_id), answer, (), provenance(), builders.a_task().contract)


def ruling(event_id, replay=0, **changes):
    """A rejection."""
    made = Ruling("r1", event_id, "sort", replay, "ann", Action.REJECT, None, "none is right", NOW, 3.0)
    return dataclasses.replace(made, **changes)


@pytest.fixture
def publish(settings, project):
    """Publish decisions, or raw bytes, as a worker does."""
    contract = builders.a_task().contract
    wire = app.create_wire(settings, lambda _: contract)
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})

    def send(*decisions, kind="results"):
        for decision in decisions:
            now = time.time_ns() // 1_000_000
            while time.time_ns() // 1_000_000 == now:  # the broker's times, in milliseconds, tell the order
                time.sleep(0.0005)
            if isinstance(decision, bytes):
                producer.produce(settings.topic(kind), decision)
            else:
                is_ruling = isinstance(decision, Ruling)
                outgoing = wire.encode_ruling(decision, None) if is_ruling else wire.encode(decision, now=NOW)
                topic = settings.topic(outgoing.kind)
                producer.produce(topic, outgoing.value, outgoing.key, headers=list(outgoing.headers))
            assert producer.flush(30) == 0

    return send


def test_results_are_a_table_of_what_was_decided(project, publish):
    publish(result("e-1"), result("e-2"))
    found = verbs.run(project, "results")
    assert (found.code, found.err) == (0, "")
    header, first, second = found.out.splitlines()
    assert re.split(r"  +", header.strip()) == [
        *("id", "task", "decided", "tries", "answer or reason", "tokens", "cost $", "latency")
    ]
    assert first.startswith("e-1")
    assert "asks for a card" in second


def test_json_has_the_whole_record_and_where_it_stands(project, settings, publish):
    publish(result("e-1"))
    (record,) = verbs.run(project, "results", "--json").json
    assert record["answer"] == ANSWER
    assert record["usage"]["input_tokens"] == 100
    assert record["message"]["topic"] == settings.topic("results")
    assert record["message"]["id"] == "e-1:result"


def test_of_a_repeat_the_last_is_shown_and_said_how_many_there_were(project, publish):
    publish(result("e-1", "first time"), result("e-2"), result("e-1", "second time"))
    found = verbs.run(project, "results", "--json")
    assert [(record["event_id"], record["answer"]["reason"]) for record in found.json] == [
        ("e-2", "asks for a card"),
        ("e-1", "second time"),
    ]
    assert found.err == "1 repeats left out\n"


def test_filters(project, publish):
    publish(*(result(f"e-{number}") for number in range(5)))

    def shown(*arguments):
        return [record["event_id"] for record in verbs.run(project, "results", "--json", *arguments).json]

    assert shown("--id", "e-3") == ["e-3"]
    assert shown("--task", "other") == []
    assert len(shown("--task", "sort")) == 5
    assert shown("--limit", "2") == ["e-3", "e-4"]
    assert shown("--since", "0s") == []
    assert len(shown("--since", "1h")) == 5


def test_since_a_time_on_the_brokers_clock(project, settings, publish):
    publish(result("e-1"), result("e-2"))
    with reading.Tail(settings, [settings.topic("results")]) as tail:
        times = sorted(message.origin.timestamp_ms for message in tail.rest())
    since = datetime.fromtimestamp(times[1] / 1000, UTC).isoformat()
    found = verbs.run(project, "results", "--json", "--since", since)
    assert {record["message"]["timestamp_ms"] for record in found.json} <= set(times[1:])
    assert found.json


def test_retries_and_review_items(project, publish):
    work = builders.work(attempts=(builders.an_attempt(),))
    publish(
        Retry(work, 2, work.attempts[0].violations, provenance()),
        Review(Reason.RULE, "urgent_needs_person", builders.message(), work, (), ANSWER, provenance()),
        Review(Reason.UNDECODABLE, "it is not JSON", builders.message(b"\xff\x00", offset=7)),
    )
    assert "attempt 2 due" in verbs.run(project, "results", "retry").out
    assert "enum: Not a known category." in verbs.run(project, "results", "retry").out
    review = verbs.run(project, "results", "review").out
    assert "rule: urgent_needs_person" in review
    assert "untuned.tasks/0/7" in review
    assert "undecodable: it is not JSON" in review


def test_open_review_items_are_those_that_nobody_has_decided_and_but_for_audits_have_no_result(project, publish):
    reviews = [
        Review(Reason.RULE, "", builders.message(), builders.work(id=f"e-{number}"), (), None, provenance())
        for number in range(5)
    ]
    readable_by_now = builders.message(b'{"id": "e-9", "task": "sort", "input": {}}')
    publish(*reviews, Review(Reason.UNDECODABLE, "no schema", readable_by_now), result("e-1"), result("e-9"))
    audit = Review(Reason.AUDIT, "it passed", builders.message(), builders.work(id="e-7"), inclusion=0.1)
    publish(result("e-7"), audit, result("e-8"), dataclasses.replace(audit, work=builders.work(id="e-8")))
    publish(ruling("e-0"), ruling("e-2", blind=True), ruling("e-4", replay=1), ruling("e-8", blind=True))
    work = dataclasses.replace(builders.work(id="e-1"), replay=1)
    again = Review(Reason.RULE, "", builders.message(), work, (), None, provenance())

    def shown(*arguments):
        found = verbs.run(project, "results", "review", "--json", "--open", *arguments)
        return [record["event"]["id"] for record in found.json]

    assert shown() == ["e-2", "e-3", "e-4", "e-7"]
    publish(again)
    assert shown("--limit", "3") == ["e-4", "e-7", "e-1"]
    assert shown("--id", "none") == []
    assert verbs.run(project, "results", "--open").code == 2


@pytest.mark.parametrize(
    "bytes_", [b"", b"\xff\x00", b"[1]", b"\xc3\x01" + b"x" * 20, b"\x00\x00\x00\x00\x09abc", b"{oops"]
)
def test_bytes_that_are_no_record_are_shown_as_such(project, settings, publish, bytes_):
    publish(result("e-1"), bytes_, result("e-2"))
    found = verbs.run(project, "results")
    assert found.code == 0
    assert "unreadable" in found.out
    records = verbs.run(project, "results", "--json").json
    assert [record.get("event_id") for record in records] == ["e-1", None, "e-2"]
    assert records[1]["unreadable"]
    assert records[1]["message"]["id"].startswith(settings.topic("results"))


@pytest.mark.parametrize("arguments", [(), ("--full",), ("--json",)])
def test_hostile_values_cannot_steer_the_terminal(project, publish, arguments):
    publish(result("[bold]e-1[/bold]", HOSTILE), json.dumps({"event_id": HOSTILE, "task": HOSTILE}).encode())
    found = verbs.run(project, "results", *arguments)
    assert found.code == 0
    assert "[bold]e-1[/bold]" in found.out
    assert "[red]" in found.out
    assert not any(character in found.out for character in "\x1b\u202e")


def test_long_answers_are_cut_unless_all_is_wanted(project, publish):
    publish(result("e-1", "word " * 15 + "end."))
    assert "end." not in verbs.run(project, "results").out
    assert "end." in verbs.run(project, "results", "--full").out


def test_nothing_to_show_is_said(project, settings):
    found = verbs.run(project, "results")
    assert (found.code, found.out, found.err) == (0, "", f"nothing on {settings.topic('results')} that fits\n")


@pytest.mark.parametrize("arguments", [("--json",), ()])
def test_following_shows_what_comes_and_ends_quietly(project, publish, arguments):
    publish(result("e-1"))
    call = [sys.executable, "-m", "processor", "results", "--follow", *arguments]
    with subprocess.Popen(call, env=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if not arguments:
                assert process.stdout.readline().startswith("id ")
            assert "e-1" in process.stdout.readline()
            publish(result("e-1"), result("e-2"))
            assert "e-2" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=running.PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, "", "1 repeats left out\n")


def test_a_tail_goes_on_where_it_was(settings, project, publish):
    publish(result("e-1"))
    with reading.Tail(settings, [settings.topic("results"), settings.topic("review")]) as tail:
        assert sum(tail.ends.values()) == 1
        assert len(list(tail.rest())) == 1
        assert tail.caught_up
        publish(result("e-2"), Review(Reason.UNDECODABLE, "no", builders.message(b"\xff")))
        found: list[Message] = []
        deadline = time.monotonic() + 30
        while len(found) < 2 and time.monotonic() < deadline:
            found += tail.poll()
        assert {message.origin.topic for message in found} == {settings.topic("results"), settings.topic("review")}
        assert tail.poll(0.1) == []


def test_reading_joins_no_group_and_commits_nothing(settings, project, publish):
    publish(result("e-1"))
    verbs.run(project, "results")
    client = confluent_kafka.Consumer({"bootstrap.servers": settings.kafka, "group.id": settings.group})
    parts = [confluent_kafka.TopicPartition(settings.topic("results"), number) for number in range(4)]
    assert {part.offset for part in client.committed(parts, 30)} == {confluent_kafka.OFFSET_INVALID}
    client.close()


def test_the_end_is_found_where_the_last_offsets_hold_no_message(settings, project):
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka, "transactional.id": settings.group})
    producer.init_transactions(30)
    for finish in (producer.commit_transaction, producer.abort_transaction):
        producer.begin_transaction()
        producer.produce(settings.topic("results"), b"{}", partition=0)
        producer.flush(30)
        finish(30)
    with reading.Tail(settings, [settings.topic("results")]) as tail:
        assert sum(tail.ends.values()) == 4
        assert [message.origin.offset for message in tail.rest()] == [0]


def test_an_interruption_while_kafka_is_away_is_one(settings):
    away = settings.model_copy(update={"kafka": "127.0.0.1:1"})
    for _ in range(5):
        consumer = kafka_client.reader(away)
        consumer.assign([confluent_kafka.TopicPartition("t", 0, 0)])
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the signal comes at any of these calls
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            while True:
                consumer.consume(10, 0.2)
        consumer.close()
