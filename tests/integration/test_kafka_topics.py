import time

import pytest
from confluent_kafka import admin

from processor.adapters import kafka_cluster, topics
from processor.core import errors
from tests import running, verbs


def states(outcomes):
    return {outcome.state for outcome in outcomes}


def test_creating_topics_twice_changes_nothing(settings):
    assert states(topics.ensure(settings)) == {"created"}
    assert states(topics.ensure(settings)) == {"as wanted"}
    with kafka_cluster.Cluster(settings) as cluster:
        found = cluster.require([settings.topic(kind) for kind in ("tasks", "retry", "results", "review", "decisions")])
    assert {topic.partitions for topic in found.values()} == {8}
    assert found[settings.topic("tasks")].settings["max.message.bytes"] == str(4 * 1024 * 1024)
    assert found[settings.topic("review")].settings["retention.ms"] == "-1"


def test_a_dry_run_creates_nothing(settings):
    assert states(topics.ensure(settings, dry_run=True)) == {"would be created"}
    assert states(topics.ensure(settings)) == {"created"}


def test_a_missing_topic_gets_as_many_partitions_as_the_others_have(settings):
    with kafka_cluster.Cluster(settings) as cluster:
        made = [admin.NewTopic(settings.topic("tasks"), 3)]
        cluster.checked(cluster.call(lambda client: client.create_topics(made, operation_timeout=10)))
        deadline = time.monotonic() + running.PATIENCE
        while not cluster.existing([settings.topic("tasks")]) and time.monotonic() < deadline:
            time.sleep(0.1)  # a busy broker shows a new topic late
    outcomes = topics.ensure(settings)
    assert {outcome.spec.partitions for outcome in outcomes} == {3}
    assert [outcome.state for outcome in outcomes] == ["differs", *["created"] * (len(outcomes) - 1)]


def test_differences_are_told_and_altered_on_demand_but_partitions_never_lowered(settings):
    topics.ensure(settings, partitions=2)
    told = topics.ensure(settings, partitions=4)
    assert {(d.setting, d.found, d.wanted) for outcome in told for d in outcome.differences} == {
        ("partitions", "2", "4")
    }
    assert states(topics.ensure(settings, partitions=4, alter=True, dry_run=True)) == {"would be altered"}
    assert states(topics.ensure(settings, partitions=2)) == {"as wanted"}
    assert states(topics.ensure(settings, partitions=4, alter=True)) == {"altered"}
    lower = topics.ensure(settings, partitions=1, alter=True)
    assert states(lower) == {"differs"}
    assert {d.note for outcome in lower for d in outcome.differences} == {"Kafka cannot lower it"}
    assert states(topics.ensure(settings, partitions=4)) == {"as wanted"}


def test_a_changed_setting_is_set_right_and_foreign_settings_stay(settings):
    topics.ensure(settings, partitions=1)
    resource = admin.ConfigResource.Type.TOPIC
    change = [("retention.ms", "5000"), ("segment.bytes", "2000000")]
    entries = [admin.ConfigEntry(*pair, incremental_operation=admin.AlterConfigOpType.SET) for pair in change]
    name = settings.topic("results")
    with kafka_cluster.Cluster(settings) as cluster:
        asked = [admin.ConfigResource(resource, name, incremental_configs=entries)]
        cluster.checked(cluster.call(lambda client: client.incremental_alter_configs(asked)))
        deadline = time.monotonic() + 30
        while cluster.require([name])[name].settings["retention.ms"] != "5000" and time.monotonic() < deadline:
            time.sleep(0.1)  # brokers take a change of settings in a moment later
        outcomes = {outcome.name: outcome for outcome in topics.ensure(settings, alter=True)}
        assert outcomes[name].state == "altered"
        wanted = {"segment.bytes": "2000000", "retention.ms": outcomes[name].spec.settings["retention.ms"]}
        deadline = time.monotonic() + 30
        while not wanted.items() <= cluster.require([name])[name].settings.items() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert wanted.items() <= cluster.require([name])[name].settings.items()


def test_more_copies_than_brokers_are_refused_and_nothing_is_created(settings):
    with pytest.raises(errors.UsageError, match="fewer brokers"):
        topics.ensure(settings, replication=3)
    with kafka_cluster.Cluster(settings) as cluster:
        assert cluster.existing([settings.topic("tasks")]) == {}


def test_the_verb_prints_a_table_or_json(environment):
    assert "created" in verbs.run(environment, "topics", "--partitions", "1").out
    again = verbs.run(environment, "topics", "--partitions", "2")
    assert (again.code, again.err) == (0, "")
    assert "partitions is 1, wanted 2" in again.out
    assert "--alter" in again.out
    (found,) = verbs.run(environment, "topics", "--json").json
    assert {topic["state"] for topic in found["topics"]} == {"as wanted"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "no Kafka at 127.0.0.1:1 answers: start the local stack"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL"}, "check KAFKA_SECURITY_PROTOCOL"),
        (
            {
                "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                "KAFKA_SASL_USERNAME": "ann",
                "KAFKA_SASL_PASSWORD": "hush-hush",
            },
            "refused the login",
        ),
    ],
)
@pytest.mark.parametrize("call", [("topics",), ("produce", "sort", "-"), ("results",), ("lag",)])
def test_a_cluster_that_cannot_be_used_is_one_clear_line(project, call, changes, words):
    found = verbs.run({**project, **changes}, *call, stdin=b'{"text": "hi"}\n')
    assert (found.code, found.out) == (1, "")
    assert words in found.err
    assert found.err.count("\n") == 1
    assert "hush-hush" not in found.err


@pytest.mark.parametrize("call", [("produce", "sort", "-"), ("results",), ("results", "review"), ("lag",)])
def test_a_topic_that_is_not_there_is_named_with_what_creates_it(project, call):
    found = verbs.run({**project, "UNTUNED_TOPIC_PREFIX": "nowhere"}, *call, stdin=b'{"text": "hi"}\n')
    assert (found.code, found.out) == (1, "")
    assert "the topic nowhere." in found.err
    assert "`untuned topics`" in found.err


def test_looking_for_a_topic_does_not_create_it(settings):
    with kafka_cluster.Cluster(settings) as cluster:
        assert cluster.existing([settings.topic("tasks")]) == {}
        assert cluster.existing([settings.topic("tasks")]) == {}
