"""`untuned replay` on real topics: what is chosen, what is sent, and what it says."""

import dataclasses
import json
import os
import pty
import subprocess
import sys
import time
from datetime import UTC, datetime

import confluent_kafka
import pytest

from processor import app
from processor.adapters import kafka_cluster, reading
from processor.core.records import Action, Origin, Reason, Result, Retry, Review, Ruling
from tests import builders, running, verbs
from tests.wires import provenance

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
CAME = (("x-foreign", b"\xff1"), ("ce_id", b"the producer's"))


def work(event_id, replay=0, **changes):
    made = builders.work(id=event_id, attributes={"channel": "mail"}, created_at=NOW)
    return dataclasses.replace(made, key=b"customer", headers=CAME, replay=replay, **changes)


def review(event_id, reason=Reason.STEPS_EXHAUSTED, replay=0):
    made = work(event_id, replay)
    message = dataclasses.replace(builders.message(), key=made.key, headers=CAME)
    return Review(reason, "no step is left", message, made, (), None, provenance(made))


def undecodable(value, replay=0):
    message = builders.message(value, offset=7)
    return Review(
        Reason.UNDECODABLE,
        "it is not JSON",
        dataclasses.replace(message, headers=(*CAME, ("untuned-replay", str(replay).encode()))),
    )


def result(event_id, replay=0, **changes):
    made = work(event_id, replay, **changes)
    answer = {"category": "card", "reason": "asks for a card"}
    return Result(made, answer, (), provenance(made), builders.a_task().contract)


def retry(event_id):
    made = work(event_id, attempts=(builders.an_attempt(),))
    return Retry(made, 2, made.attempts[0].violations, provenance(made))


@pytest.fixture
def publish(settings, project):
    """Publish decisions as a worker does, or messages (key, value, headers) as producers do; gives their places."""
    contract = builders.a_task().contract
    wire = app.create_wire(settings, lambda _: contract)
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})
    places = []

    def delivered(error, message):
        assert error is None
        places.append(Origin(message.topic(), message.partition(), message.offset(), message.timestamp()[1]))

    def send(*given):
        places.clear()
        for item in given:
            now = time.time_ns() // 1_000_000
            while time.time_ns() // 1_000_000 == now:  # the broker's times, in milliseconds, tell the order
                time.sleep(0.0005)
            if isinstance(item, tuple):
                key, value, headers = item
                topic = settings.topic("tasks")
            else:
                is_ruling = isinstance(item, Ruling)
                outgoing = wire.encode_ruling(item, None) if is_ruling else wire.encode(item, now=NOW)
                topic, key, value = settings.topic(outgoing.kind), outgoing.key, outgoing.value
                headers = outgoing.headers
            producer.produce(topic, value, key, headers=list(headers), on_delivery=delivered)
            assert producer.flush(30) == 0
        return list(places)

    return send


@pytest.fixture
def sent(settings, project):
    """What stands on the tasks topic."""

    def read():
        with reading.Tail(settings, [settings.topic("tasks")]) as tail:
            return sorted(tail.rest(), key=lambda message: message.origin.timestamp_ms)

    return read


def replay(project, *arguments):
    return verbs.run(project, "replay", *arguments, "--json")


def event(event_id, replays=0):
    headers = (*CAME, ("untuned-replay", str(replays).encode())) if replays else CAME
    value = json.dumps({"id": event_id, "task": "sort", "input": {"text": "Where?"}, "extra": 1}).encode()
    return b"customer", value, headers


def test_review_items_are_sent_as_the_events_that_they_were(project, settings, publish, sent):
    publish(review("e-1"), review("e-2", replay=1))
    (report,) = replay(project, "--yes").json
    assert (report["events"], report["confirmed"], report["left_out"], report["error"]) == (2, 2, {}, None)
    assert (report["source"], report["target"]) == (settings.topic("review"), settings.topic("tasks"))
    first, second = sent()
    assert json.loads(first.value) == {
        "id": "e-1",
        "task": "sort",
        "input": {"text": "Where is my card?"},
        "created_at": "2026-01-31T12:00:00Z",
        "attributes": {"channel": "mail"},
    }
    assert first.key == b"customer"
    headers = dict(first.headers)
    assert len(headers) == len(first.headers)
    assert headers == {
        "x-foreign": b"\xff1",
        "ce_specversion": b"1.0",
        "ce_id": b"e-1",
        "ce_source": b"/untuned/replay",
        "ce_type": b"untuned.event",
        "ce_time": b"2026-01-31T12:00:00Z",
        "content-type": b"application/json",
        "untuned-task": b"sort",
        "untuned-replay": b"1",
    }
    assert dict(second.headers)["untuned-replay"] == b"2"


def test_what_waits_as_a_replay_is_not_sent_again(project, settings, publish, sent):
    publish(review("e-1"), undecodable(b"\xff"), review("e-2"), result("e-3", first=publish(event("e-3"))[0]))
    assert replay(project, "--yes").json[0]["confirmed"] == 3
    assert replay(project, "results", "--yes").json[0]["confirmed"] == 1
    assert replay(project, "--yes").json[0]["left_out"] == {"waiting": 3}
    assert replay(project, "results", "--yes").json[0]["left_out"] == {"waiting": 1}
    with kafka_cluster.Cluster(settings) as cluster:
        cluster.commit(settings.group, reading.ends(settings, [settings.topic("tasks")]))
    assert replay(project, "--dry-run").json[0]["events"] == 3
    publish(dataclasses.replace(retry("e-1"), work=work("e-1", 1)))
    assert replay(project, "--dry-run").json[0]["left_out"] == {"waiting": 1}
    assert len(sent()) == 5


@pytest.mark.parametrize("value", [b"\xff\x00", b"", b"{oops"])
def test_bytes_that_were_no_event_are_sent_as_they_were(project, publish, sent, value):
    publish(undecodable(value), undecodable(value, replay=1))
    (report,) = replay(project, "--yes").json
    assert (report["ids"], report["groups"][0]["task"]) == (["untuned.tasks/0/7"], "")
    (message,) = sent()
    assert (message.key, message.value) == (b"key", value)
    assert message.headers == (("x-foreign", b"\xff1"), ("untuned-replay", b"2"))


def test_bytes_that_can_be_read_by_now_count_as_their_event(project, publish):
    publish(undecodable(event("e-1")[1]), undecodable(event("e-2")[1]), result("e-2"))
    (report,) = replay(project, "--dry-run").json
    assert (report["ids"], report["left_out"]) == (["e-1"], {"answered": 1})


def test_an_empty_message_holds_nothing_to_send(project, publish):
    publish(undecodable(None))
    (report,) = replay(project, "--yes").json
    assert (report["events"], report["left_out"]) == (0, {"unreadable": 1})


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(project, settings, publish, sent):
    publish(*(review(f"e-{number}") for number in range(7)), review("r-1", Reason.RULE), result("e-0"))
    found = verbs.run(project, "replay", "--dry-run")
    assert found.code == 0
    lines = found.out.splitlines()
    assert lines[0].split() == ["task", "reason", "events", "oldest", "newest"]
    assert lines[1].split()[:3] == ["sort", "steps_exhausted", "6"]
    assert lines[2].split()[:3] == ["sort", "rule", "1"]
    assert lines[3:] == [
        "the first: e-1, e-2, e-3, e-4, e-5, …",
        f"7 events would be sent to {settings.topic('tasks')}",
    ]
    assert found.err == "left out: 1 answered by now\n"
    assert sent() == []


def test_only_the_newest_item_of_an_event_counts_and_its_cap(project, publish, sent):
    publish(review("e-1"), review("e-1", replay=1), review("e-2", replay=3), review("e-3", Reason.RULE))
    (report,) = replay(project, "--yes", "--reason", "steps_exhausted").json
    assert (report["ids"], report["left_out"]) == (["e-1"], {"capped": 1})
    (message,) = sent()
    assert dict(message.headers)["untuned-replay"] == b"2"
    assert replay(project, "--dry-run", "--cap", "4", "--id", "e-2").json[0]["events"] == 1


def test_an_answer_counts_for_the_replay_that_it_is_of(project, publish):
    publish(result("e-1"), review("e-1", replay=1), review("e-2", replay=1), result("e-2", replay=1))
    (report,) = replay(project, "--dry-run").json
    assert (report["ids"], report["left_out"]) == (["e-1"], {"answered": 1})


def test_filters(project, publish):
    (*_, third, _) = publish(*(review(f"e-{number}") for number in range(4)))
    between = datetime.fromtimestamp(third.timestamp_ms / 1000, UTC).isoformat()

    def chosen(*arguments):
        return replay(project, "--dry-run", *arguments).json[0]["ids"]

    assert chosen("--task", "other") == []
    assert chosen("--task", "sort", "--limit", "2") == ["e-0", "e-1"]
    assert chosen("--id", "e-3", "--id", "e-0", "--id", "none") == ["e-0", "e-3"]
    assert chosen("--reason", "rule", "--reason", "refusal") == []
    assert "e-0" in chosen("--until", between)
    assert "e-2" not in chosen("--until", between)
    assert {"e-2", "e-3"} <= set(chosen("--since", between))
    assert "e-0" not in chosen("--since", between)


def test_results_lead_to_what_was_produced(project, publish, sent):
    (first, second) = publish(event("e-1"), event("e-2"))
    gone = dataclasses.replace(first, offset=10**6)
    elsewhere = dataclasses.replace(second, timestamp_ms=5)
    publish(
        result("e-1", first=first),
        result("e-2", first=second),
        result("e-3", first=gone),
        result("e-4", first=elsewhere),
    )
    found = replay(project, "results", "--yes")
    (report,) = found.json
    assert (found.code, report["confirmed"], report["fell_short"]) == (1, 2, {"expired": 2})
    assert [(message.key, message.value) for message in sent()[2:]] == [event("e-1")[:2], event("e-2")[:2]]
    assert {message.headers for message in sent()[2:]} == {(*CAME, ("untuned-replay", b"1"))}


def test_results_whose_events_have_run_out_are_counted_beforehand(project, settings, publish):
    (first,) = publish(event("e-1"))
    publish(result("e-1", first=first), result("e-2", first=dataclasses.replace(first, topic="elsewhere")))
    with kafka_cluster.Cluster(settings) as cluster:
        at = confluent_kafka.TopicPartition(first.topic, first.partition, first.offset + 1)
        cluster.checked(cluster.call(lambda client: client.delete_records([at])))
    (report,) = replay(project, "results", "--yes").json
    assert (report["events"], report["left_out"]) == (0, {"expired": 2})


def test_what_the_workers_have_not_done_is_left_to_them(project, settings, publish, sent):
    places = publish(event("e-1"), event("e-2"), event("e-1", replays=1))
    publish(retry("e-3"))
    assert replay(project, "tasks", "--since", "1h", "--yes").json[0]["left_out"] == {"waiting": 2}
    assert replay(project, "retry", "--yes").json[0]["left_out"] == {"waiting": 1}
    with kafka_cluster.Cluster(settings) as cluster:
        done = {(places[0].topic, number): 0 for number in range(4)} | {
            (place.topic, place.partition): place.offset + 1 for place in places
        }
        cluster.commit(settings.group, done | {(settings.topic("retry"), number): 1 for number in range(4)})
    assert replay(project, "tasks", "--since", "1h", "--yes").json[0]["ids"] == ["e-2", "e-1"]
    assert [dict(message.headers).get("untuned-replay") for message in sent()[3:]] == [b"1", b"2"]
    assert replay(project, "tasks", "--since", "1h", "--yes").json[0]["left_out"] == {"waiting": 2}

    assert replay(project, "retry", "--reason", "enum", "--yes").json[0]["ids"] == ["e-3"]
    again = json.loads(sent()[-1].value)
    assert (again["id"], again["input"]) == ("e-3", {"text": "Where is my card?"})


def test_an_event_that_is_too_large_by_now_is_said_and_the_others_are_sent(project, settings, publish, sent):
    with kafka_cluster.Cluster(settings) as cluster:
        resource = confluent_kafka.admin.ConfigResource(
            confluent_kafka.admin.ConfigResource.Type.TOPIC,
            settings.topic("tasks"),
            incremental_configs=[
                confluent_kafka.admin.ConfigEntry(
                    "max.message.bytes",
                    "2000",
                    incremental_operation=confluent_kafka.admin.AlterConfigOpType.SET,
                )
            ],
        )
        cluster.checked(cluster.call(lambda client: client.incremental_alter_configs([resource])))
    publish(review("e-1"), undecodable(b"x" * 2000), review("e-2"))
    found = replay(project, "--yes")
    (report,) = found.json
    assert (found.code, report["confirmed"], report["fell_short"]) == (1, 2, {"too_large": 1})
    assert "too large for one message" in found.err
    assert len(sent()) == 2


def test_hostile_records_are_left_alone_and_cannot_steer_the_terminal(project, settings, publish):
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})
    hostile = "\x1b[2J\u202e"
    for value in (
        b"\xff",
        b"[]",
        b"{}",
        json.dumps({"event": {"id": hostile, "task": hostile, "input": {}}}).encode(),
        json.dumps({"event": 7, "raw": 7}).encode(),
        json.dumps({"event": None, "raw": "no base64!"}).encode(),
    ):
        producer.produce(settings.topic("review"), value, headers=[("untuned-reason", hostile.encode())])
    raw = json.dumps({"event": None, "raw": "AAAA", "origin": {"topic": hostile, "partition": [], "offset": {}}})
    producer.produce(settings.topic("review"), raw.encode(), headers=[("untuned-reason", hostile.encode())])
    assert producer.flush(30) == 0
    found = verbs.run(project, "replay", "--dry-run")
    assert found.code == 0
    assert "left out: 6" in found.err
    assert "1 events would be sent" in found.out
    assert not any(character in found.out for character in "\x1b\u202e")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "without a terminal nobody can be asked"),
        (("tasks", "--yes"), "say --since"),
        (("results", "--reason", "rule", "--yes"), "--reason is for review and retry"),
        (("--reason", "refused", "--yes"), "did you mean refusal?"),
        (("--until", "soon", "--yes"), "--until takes"),
        (("--cap", "0", "--yes"), "--cap"),
    ],
)
def test_wrong_calls_say_what_would_be_right(project, arguments, complaint):
    found = verbs.run(project, "replay", *arguments)
    assert found.code == 2
    assert complaint in found.err


@pytest.mark.parametrize(("typed", "count"), [(b"y\n", 1), (b"n\n", 0), (b"\n", 0)])
def test_on_a_terminal_it_asks(project, settings, publish, sent, typed, count):
    publish(review("e-1"))
    ours, theirs = pty.openpty()
    call = [sys.executable, "-m", "processor", "replay"]
    with subprocess.Popen(call, env=project, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.write(ours, typed)
        _, err = process.communicate(timeout=running.PATIENCE)
    os.close(ours)
    os.close(theirs)
    assert f"Send 1 events to {settings.topic('tasks')}?" in err.decode()
    assert (process.returncode, len(sent())) == (0 if count else 1, count)


def test_nothing_to_replay_is_said(project, settings):
    found = verbs.run(project, "replay", "--yes")
    assert (found.code, found.out, found.err) == (0, "", f"nothing on {settings.topic('review')} that fits\n")


def test_audits_and_what_a_person_has_decided_are_left_alone(project, publish, sent):
    audit = dataclasses.replace(review("e-1", Reason.AUDIT), inclusion=0.1)
    rejected = Ruling("r1", "e-2", "sort", 0, "ann", Action.REJECT, None, "none is right", NOW, 3.0)
    publish(result("e-1"), audit, review("e-2"), review("e-3"), rejected, dataclasses.replace(rejected, event_id="e-1"))
    (report,) = replay(project, "--yes").json
    assert (report["ids"], report["left_out"]) == (["e-3"], {"passed": 1, "decided": 1})
    (report,) = replay(project, "--reason", "audit", "--yes").json
    assert (report["ids"], report["left_out"]) == (["e-1"], {})
    assert [json.loads(message.value)["id"] for message in sent()] == ["e-3", "e-1"]
