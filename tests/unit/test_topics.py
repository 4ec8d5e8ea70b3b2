import pytest

from processor.core import topics


def existing(spec, **changes):
    given = {"partitions": spec.partitions, "replication": 1, "settings": {**spec.settings, "segment.bytes": "1"}}
    return topics.Existing(**{**given, **changes})


def test_the_topics_have_equal_partitions_and_none_but_the_journal_is_compacted():
    specs = topics.specs(12)
    assert [spec.kind for spec in specs] == ["tasks", "retry", "results", "review", "decisions", "leases", "journal"]
    assert {spec.partitions for spec in specs} == {12}
    assert [spec.kind for spec in specs if spec.settings["cleanup.policy"] != "delete"] == ["journal"]


def test_what_people_still_have_to_see_or_have_decided_never_runs_out():
    kept = {spec.kind: spec.settings["retention.ms"] for spec in topics.specs(1)}
    assert {kind for kind, retention in kept.items() if retention == "-1"} == {"review", "decisions"}


def test_how_long_and_how_large_what_is_kept_may_be_by_the_brokers_clock():
    specs = {spec.kind: spec.settings for spec in topics.specs(1)}
    day = 24 * 60 * 60 * 1000
    ages = {"tasks": 7 * day, "retry": 7 * day, "results": 30 * day, "leases": day, "journal": day}
    assert {kind: int(settings["retention.ms"]) for kind, settings in specs.items()} == {
        **ages,
        "review": -1,
        "decisions": -1,
    }
    limits = {kind: int(settings["max.message.bytes"]) for kind, settings in specs.items()}
    assert limits == {**dict.fromkeys(specs, topics.RECORD_LIMIT), "tasks": topics.EVENT_LIMIT}
    assert {settings["message.timestamp.type"] for settings in specs.values()} == {"LogAppendTime"}
    assert [kind for kind, settings in specs.items() if "segment.ms" in settings] == ["journal"]


@pytest.mark.parametrize(("replication", "demanded"), [(topics.CLUSTER_DEFAULT, None), (1, None), (2, None), (3, "2")])
def test_two_copies_are_demanded_where_there_are_three(replication, demanded):
    assert topics.specs(1, replication)[0].settings.get("min.insync.replicas") == demanded


def test_a_topic_as_wanted_has_no_differences():
    spec = topics.specs(8)[0]
    assert topics.differences(spec, existing(spec)) == ()


@pytest.mark.parametrize(
    ("changes", "setting", "alterable"),
    [
        ({"partitions": 4}, ("partitions", "4", "8", "keys move"), True),
        ({"partitions": 9}, ("partitions", "9", "8", "cannot lower"), False),
        ({"replication": 1}, ("replication", "1", "2", "reassignment"), False),
        ({"settings": {"retention.ms": "5"}}, ("retention.ms", "5", "604800000", ""), True),
        ({"settings": {}}, ("cleanup.policy", "?", "delete", ""), True),
    ],
)
def test_a_difference_is_told_with_what_can_be_done(changes, setting, alterable):
    spec = topics.specs(8, 2)[0]
    if "settings" in changes:
        changes = {"settings": {**(spec.settings if changes["settings"] else {}), **changes["settings"]}}
    found = topics.differences(spec, existing(spec, **{"replication": 2, **changes}))
    name, *values, note = setting
    (told,) = (item for item in found if item.setting == name)
    assert ([told.found, told.wanted], told.alterable) == (values, alterable)
    assert note in told.note
    assert bool(note) == bool(told.note)


@pytest.mark.parametrize(("copies", "told"), [(1, ["replication"]), (2, ["replication"]), (3, ["min.insync.replicas"])])
def test_two_copies_are_not_demanded_of_a_topic_that_has_fewer_than_three(copies, told):
    spec = topics.specs(8, 3)[0]
    there = existing(spec, replication=copies, settings={**spec.settings, "min.insync.replicas": "1"})
    assert [item.setting for item in topics.differences(spec, there)] == told
