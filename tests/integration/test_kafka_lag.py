import json
import signal
import subprocess
import sys

import confluent_kafka
import pytest

from processor.adapters import kafka_cluster, lag
from tests import running, verbs


@pytest.fixture
def topic(settings, project):
    return settings.topic("tasks")


def produce(settings, topic, count, partition=0):
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})
    times: list[int] = []
    for number in range(count):
        on_delivery = lambda _, message: times.append(message.timestamp()[1])  # noqa: E731 - as short as it can be
        producer.produce(topic, b"%d" % number, partition=partition, on_delivery=on_delivery)
        assert producer.flush(30) == 0
    return times


def commit(settings, topic, offset, partition=0):
    client = confluent_kafka.Consumer({"bootstrap.servers": settings.kafka, "group.id": settings.group})
    client.commit(offsets=[confluent_kafka.TopicPartition(topic, partition, offset)], asynchronous=False)
    client.close()


def read(settings, topic):
    with lag.Lag(settings, [topic]) as lagging:
        return lagging.read()


def test_a_group_that_never_committed_is_behind_by_all(settings, topic):
    times = produce(settings, topic, 3)
    first, *others = read(settings, topic)
    assert (first.end, first.committed, first.lag, first.oldest_ms) == (3, None, 3, times[0])
    assert [(other.lag, other.oldest_ms) for other in others] == [(0, None)] * 3


def test_the_oldest_waiting_event_is_the_one_behind_the_commit(settings, topic):
    times = produce(settings, topic, 3)
    produce(settings, topic, 2, partition=1)
    commit(settings, topic, 2)
    commit(settings, topic, 2, partition=1)
    first, second, *_ = read(settings, topic)
    assert (first.committed, first.lag, first.oldest_ms) == (2, 1, times[2])
    assert (second.committed, second.lag, second.oldest_ms) == (2, 0, None)


def test_lag_can_be_read_again_and_again(settings, topic):
    with lag.Lag(settings, [topic]) as lagging:
        assert sum(found.lag for found in lagging.read()) == 0
        times = produce(settings, topic, 2) + produce(settings, topic, 1, partition=3)
        for _ in range(3):
            assert [(found.lag, found.oldest_ms) for found in lagging.read() if found.lag] == [
                (2, times[0]),
                (1, times[2]),
            ]
        commit(settings, topic, 1)
        commit(settings, topic, 1, partition=3)
        assert [(found.lag, found.oldest_ms) for found in lagging.read() if found.lag] == [(1, times[1])]


def test_many_waiting_events_of_one_partition_do_not_hide_the_others(settings, topic):
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})
    for _ in range(20_000):
        producer.produce(topic, b"x" * 100, partition=0)
        producer.poll(0)
    assert producer.flush(60) == 0
    produce(settings, topic, 1, partition=2)
    assert [found.lag for found in read(settings, topic)] == [20_000, 0, 1, 0]
    assert [found.oldest_ms is not None for found in read(settings, topic)] == [True, False, True, False]


def test_what_retention_deleted_unread_is_told(settings, topic):
    times = produce(settings, topic, 5)
    commit(settings, topic, 1)
    with kafka_cluster.Cluster(settings) as cluster:
        until = [confluent_kafka.TopicPartition(topic, 0, 3)]
        cluster.checked(cluster.call(lambda client: client.delete_records(until)))
    first = read(settings, topic)[0]
    assert (first.expired, first.lag, first.oldest_ms) == (2, 2, times[3])


def test_offsets_without_a_message_are_stepped_over(settings, topic):
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka, "transactional.id": settings.group})
    producer.init_transactions(30)
    for finish in (producer.abort_transaction, producer.commit_transaction):
        producer.begin_transaction()
        producer.produce(topic, b"{}", partition=0)
        producer.flush(30)
        finish(30)
    first = read(settings, topic)[0]
    assert (first.end, first.lag) == (4, 4)
    assert first.oldest_ms is not None
    commit(settings, topic, 3)
    last = read(settings, topic)[0]
    assert (last.lag, last.oldest_ms) == (1, None)


def test_a_commit_behind_the_end_counts_from_the_beginning(settings, topic):
    produce(settings, topic, 2)
    commit(settings, topic, 100)
    assert read(settings, topic)[0].lag == 2


def test_the_verb_sums_up(project, settings, topic):
    produce(settings, topic, 3)
    produce(settings, settings.topic("retry"), 2)
    (found,) = verbs.run(project, "lag", "--json").json
    assert (found["group"], found["lag"], found["expired"]) == (settings.group, 5, 0)
    assert found["oldest_seconds"] >= 0
    assert {name: topic["lag"] for name, topic in found["topics"].items()} == {topic: 3, settings.topic("retry"): 2}
    assert len(found["partitions"]) == 8
    table = verbs.run(project, "lag")
    assert (table.code, table.err) == (0, "")
    assert table.out.splitlines()[-1].split()[:3] == ["group", settings.group, "5"]


def test_another_group_has_its_own_lag(project, settings, topic):
    produce(settings, topic, 3)
    commit(settings, topic, 3)
    assert verbs.run(project, "lag", "--json").json[0]["lag"] == 0
    assert verbs.run(project, "lag", "--json", "--group", "nobody").json[0]["lag"] == 3


@pytest.mark.parametrize(("waiting", "code"), [(0, 0), (1, 1)])
def test_waiting_ends_well_only_where_nothing_waits(project, settings, topic, waiting, code):
    produce(settings, topic, waiting)
    assert verbs.run(project, "lag", "--wait", "0").code == code


def test_watching_goes_on_and_ends_quietly(project, settings, topic):
    produce(settings, topic, 3)
    call = [sys.executable, "-m", "processor", "lag", "--watch", "--json"]
    with subprocess.Popen(call, env=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert [json.loads(process.stdout.readline())["lag"] for _ in range(2)] == [3, 3]
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=running.PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, err) == (0, "")
    assert all(json.loads(line)["lag"] == 3 for line in out.splitlines())
