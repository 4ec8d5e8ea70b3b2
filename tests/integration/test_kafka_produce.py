import json
import time

import confluent_kafka
import pytest

from processor.adapters import producing, reading
from processor.adapters.event_file import EventFile, Terms
from processor.core import errors
from processor.core.files.producer_record import ProducerRecord
from tests import verbs


@pytest.fixture
def sent(settings):
    """What stands on the tasks topic, oldest first."""

    def read():
        with reading.Tail(settings, [settings.topic("tasks")]) as tail:
            return sorted(tail.rest(), key=lambda message: message.origin.timestamp_ms)

    return read


@pytest.fixture
def write(tmp_path):
    def make(contents: bytes, name="events.jsonl"):
        path = tmp_path / name
        path.write_bytes(contents)
        return str(path)

    return make


def ids(messages):
    found: list[str] = [json.loads(message.value)["id"] for message in messages]
    return sorted(found)


def test_events_arrive_as_they_were_confirmed(project, write, sent):
    lines = [{"id": f"m-{n}", "input": {"text": f"Grüße {n}"}, "expected": {"category": "card"}} for n in range(500)]
    path = write("\n".join(json.dumps(line) for line in lines).encode())
    found = verbs.run(project, "produce", "sort", path, "--json")
    assert (found.code, found.err) == (0, "")
    report = found.json[0]
    assert (report["events"], report["confirmed"], report["bad"], report["resume_line"]) == (500, 500, 0, None)
    messages = sent()
    assert ids(messages) == sorted(f"m-{n}" for n in range(500))
    for message in messages:
        event = json.loads(message.value)
        assert set(event) == {"id", "task", "input"}
        assert message.key == event["id"].encode()
        assert dict(message.headers)["ce_id"] == message.key


def test_equal_keys_are_in_the_partition_that_javas_clients_would_choose(project, write, sent):
    path = write(b"".join(b'{"text": "%d", "shop": "21"}\n' % n for n in range(20)))
    assert verbs.run(project, "produce", "sort", path, "--key", "shop").code == 0
    # Kafka's own test vector: murmur2("21") = -973932308.
    assert {(message.key, message.origin.partition) for message in sent()} == {(b"21", (-973932308 & 0x7FFFFFFF) % 4)}


@pytest.mark.parametrize(
    ("contents", "name", "line", "reason"),
    [
        (b'{"text": "a"}\n{oops\n', "a.jsonl", 2, "not JSON"),
        (b'{"text": "a"}\n{"text": "\xff"}\n', "a.jsonl", 2, "not UTF-8"),
        (b'{"id": "a", "text": "a"}\n\n{"id": "a", "text": "b"}\n', "a.jsonl", 3, "same id as line 1"),
        (b'{"text": "a"}\n{"text": "' + b"x" * 5_000_000 + b'"}\n', "a.jsonl", 2, "too large for the topic"),
        (b'{"text": "a"}\n{"input": {"text": "b"}, "task": "other"}\n', "a.jsonl", 2, "another task"),
        (b'id,text\r\n1,"two\r\nlines"\r\n2\r\n', "a.csv", 4, "1 columns, the header 2"),
        (b"id,id\n1,2\n", "a.csv", 1, "header"),
        (b'{"text": "a"}\n{"subject": "b"}\n', "a.jsonl", 2, "needs a string field `text`"),
    ],
    ids=["json", "utf-8", "id", "size", "task", "csv", "header", "required"],
)
def test_where_a_line_is_bad_nothing_is_sent(project, write, sent, contents, name, line, reason):
    found = verbs.run(project, "produce", "sort", write(contents, name))
    assert (found.code, found.out) == (1, "")
    assert f"line {line}: " in found.err
    assert reason in found.err
    assert "nothing was sent" in found.err
    assert sent() == []


def test_bad_lines_can_be_left_out(project, write, sent):
    path = write(b'{"id": "a", "text": "a"}\noops\n{"id": "b", "text": "b"}\n')
    found = verbs.run(project, "produce", "sort", path, "--skip-bad")
    assert found.code == 1
    assert "2 events sent" in found.out
    assert "1 bad lines were left out" in found.err
    assert ids(sent()) == ["a", "b"]


@pytest.mark.parametrize("contents", [b"", b"\n\n", b"\xef\xbb\xbf", b"id,text\n"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_without_an_event_is_no_success(project, write, sent, contents, name):
    found = verbs.run(project, "produce", "sort", write(contents, name))
    assert (found.code, found.out) == (1, "")
    assert "nothing was sent" in found.err
    assert sent() == []


def test_windows_files_arrive_clean(project, write, sent):
    path = write(b'\xef\xbb\xbfid;text;attributes.shop\r\nm-1;"Hallo; Welt";north\r\n', "export.csv")
    assert verbs.run(project, "produce", "sort", path).code == 0
    assert [json.loads(message.value) for message in sent()] == [
        {"id": "m-1", "task": "sort", "input": {"text": "Hallo; Welt"}, "attributes": {"shop": "north"}}
    ]


def test_the_same_file_twice_is_the_same_work(project, write, sent):
    path = write(b'{"text": "a"}\n{"text": "a"}\n')
    assert verbs.run(project, "produce", "sort", path).code == 0
    first = ids(sent())
    assert len(set(first)) == 2
    assert verbs.run(project, "produce", "sort", path).code == 0
    assert ids(sent()) == sorted(first * 2)


def test_standard_input_and_a_rate(project, sent):
    found = verbs.run(project, "produce", "sort", "-", "--rate", "200", stdin=b'{"id": "a", "text": "a"}\n')
    assert found.code == 0
    assert ids(sent()) == ["a"]


def test_a_dry_run_asks_no_kafka_and_sends_nothing(project, write, sent):
    away = {**project, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    found = verbs.run(away, "produce", "sort", write(b'{"text": "a"}\n'), "--dry-run")
    assert (found.code, found.err) == (0, "")
    assert "1 events would be sent" in found.out
    assert (
        verbs.run(away, "produce", "sort", write(b"oops\n"), "--dry-run", "--json").json[0]["bad_lines"][0]["line"] == 1
    )
    assert sent() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sorte", "a.jsonl"), "did you mean sort?"),
        (("../sort", "a.jsonl"), "no task"),
        (("sort", "a.txt"), "--format"),
        (("sort", "nowhere.jsonl"), "does not exist"),
        (("sort", "a.jsonl", "--rate", "0"), "--rate"),
    ],
)
def test_a_wrong_call_is_refused(project, write, sent, arguments, words):
    for name in ("a.jsonl", "a.txt"):
        write(b'{"text": "a"}\n', name)
    task, file, *more = arguments
    path = write(b'{"text": "a"}\n', file) if file != "nowhere.jsonl" else file
    found = verbs.run(project, "produce", task, path, *more)
    assert (found.code, found.out) == (2, "")
    assert words in found.err
    assert sent() == []


def records(count, start=0):
    return [ProducerRecord(n + 1, b"%d" % n, b"{}") for n in range(start, start + count)]


def test_the_largest_allowed_message_is_taken_by_the_broker(project, settings, sent):
    topic = settings.topic("tasks")
    limit = producing.limit(settings, topic)
    headers = (("ce_id", b"1"), ("content-type", b"application/json"))
    bare = ProducerRecord(1, b"1", b"", headers)
    largest = ProducerRecord(1, b"1", b"x" * (limit - bare.size), headers)
    assert largest.size == limit
    assert producing.send(settings, topic, [largest], max_bytes=limit) == producing.Delivery(1, None, None)
    assert len(sent()) == 1


def test_a_full_queue_only_slows_down(project, settings, monkeypatch):
    monkeypatch.setattr(producing, "WINDOW", 10)
    seen: list[int] = []
    topic = settings.topic("tasks")
    delivery = producing.send(settings, topic, records(300), max_bytes=1_000_000, progress=seen.append)
    assert delivery == producing.Delivery(300, None, None)
    assert seen == sorted(seen)
    assert seen[-1] == 300


def test_a_source_that_fails_half_way_ends_with_what_is_confirmed_and_where_to_resume(project, settings, write):
    path = write(b"".join(b'{"id": "%d", "text": "a"}\n' % n for n in range(10)))

    def changed():
        with EventFile(path, "jsonl", Terms("sort", 1_000_000)) as file:
            for record in file.records():
                yield record
                if record.line == 4:
                    write(b'{"text": "another"}\n' * 20)

    delivery = producing.send(settings, settings.topic("tasks"), changed(), max_bytes=1_000_000)
    assert (delivery.confirmed, delivery.resume_line) == (4, 5)
    assert "was changed" in str(delivery.failure)


def test_an_interruption_ends_with_what_is_confirmed(project, settings):
    def interrupted():
        yield from records(3)
        raise KeyboardInterrupt

    delivery = producing.send(settings, settings.topic("tasks"), interrupted(), max_bytes=1_000_000)
    assert (delivery.confirmed, delivery.resume_line, str(delivery.failure)) == (3, 4, "interrupted")


def test_a_message_that_the_broker_refuses_ends_the_run_at_its_line(project, settings):
    too_large = ProducerRecord(3, b"k", b"x" * 5_000_000)
    given = [*records(2), too_large, *records(2, start=3)]
    delivery = producing.send(settings, settings.topic("tasks"), given, max_bytes=8_000_000)
    assert delivery.resume_line == 3
    assert delivery.confirmed >= 2
    assert delivery.failure is not None


def stored(address, topic):
    """How many messages a broker has."""
    client = confluent_kafka.Consumer({"bootstrap.servers": address, "group.id": "count"})
    numbers = client.list_topics(topic, 10).topics[topic].partitions
    parts = [confluent_kafka.TopicPartition(topic, number) for number in numbers]
    count = sum(client.get_watermark_offsets(part, 10)[1] for part in parts)
    client.close()
    return count


def test_a_broker_that_vanishes_half_way_leaves_an_exact_account(settings, monkeypatch):
    # The library's own mock broker is one that can be made to vanish; it lives as long as the client that has it.
    monkeypatch.setattr(producing, "DELIVERY_TIMEOUT", 8.0)
    host = confluent_kafka.Producer({"test.mock.num.brokers": 1})
    (broker,) = host.list_topics(timeout=60).brokers.values()
    address = f"{broker.host}:{broker.port}"

    def given():
        nonlocal host
        yield from records(1_000)
        deadline = time.monotonic() + 60
        while stored(address, "mocked") < 1_000 and time.monotonic() < deadline:
            time.sleep(0.05)
        del host
        yield from records(1_000, start=1_000)

    mock = settings.model_copy(update={"kafka": address})
    delivery = producing.send(mock, "mocked", given(), max_bytes=1_000_000)
    assert isinstance(delivery.failure, errors.Unavailable)
    assert delivery.resume_line is not None
    assert 1 < delivery.resume_line <= 1_001
    assert delivery.resume_line - 1 <= delivery.confirmed <= 1_000


def test_a_broken_run_says_how_many_are_confirmed_and_where_to_resume(project, write, sent, monkeypatch):
    def broken(*_, **__):
        return producing.Delivery(1, 2, errors.Unavailable("kafka", "no Kafka answers"))

    path = write(b'{"id": "a", "text": "a"}\n{"id": "b", "text": "b"}\n{"id": "c", "text": "c"}\n')
    with monkeypatch.context() as patch:
        patch.setattr(producing, "send", broken)
        found = verbs.run(project, "produce", "sort", path, "--json")
    assert found.code == 1
    assert "1 of 3 events are confirmed; resume with --from-line 2" in found.err
    assert found.json[0]["resume_line"] == 2
    assert verbs.run(project, "produce", "sort", path, "--from-line", "2", "--json").json[0]["confirmed"] == 2
    assert ids(sent()) == ["b", "c"]
