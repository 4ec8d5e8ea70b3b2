import dataclasses
import json

import pytest

from processor.core import errors
from processor.core.records import Message, Origin, Reason
from processor.core.views import outcomes


def message(identity=None, *, at=1000, offset=0, partition=0, value=b"{}"):
    headers = () if identity is None else (("ce_id", identity.encode()),)
    return Message(Origin("untuned.results", partition, offset, at), None, value, headers)


def outcome(identity=None, event_id="e1", **place):
    return outcomes.Outcome(message(identity, **place), {"event_id": event_id, "task": "sort"})


def test_what_cannot_be_decoded_is_an_outcome_too():
    def read(_):
        raise errors.Refused(Reason.UNDECODABLE, "it is not JSON")

    found = outcomes.decode(message(offset=7, value=b"\xff"), read)
    assert (found.unreadable, found.event_id, found.task) == ("it is not JSON", "untuned.results/0/7", "")
    assert json.loads(outcomes.as_json(found)) == {
        "message": {
            "topic": "untuned.results",
            "partition": 0,
            "offset": 7,
            "timestamp_ms": 1000,
            "id": "untuned.results/0/7",
        },
        "unreadable": "it is not JSON",
        "raw": "/w==",
    }


def test_a_registry_that_is_away_is_not_taken_for_unreadable_bytes():
    def read(_):
        raise errors.Unavailable("registry", "the registry is away")

    with pytest.raises(errors.Unavailable):
        outcomes.decode(message(), read)


@pytest.mark.parametrize(
    ("record", "event_id", "task"),
    [
        ({"event_id": "e1", "task": "sort"}, "e1", "sort"),
        ({"event": {"id": "e1", "task": "sort"}}, "e1", "sort"),
        ({"event": None, "reason": "undecodable"}, "untuned.results/0/0", ""),
        ({"event": None, "origin": {"topic": "t", "partition": 2, "offset": 7}}, "t/2/7", ""),
        ({"origin": "hostile"}, "untuned.results/0/0", ""),
        ({}, "untuned.results/0/0", ""),
        ({"event": "hostile", "task": 7}, "untuned.results/0/0", "7"),
    ],
)
def test_an_outcome_names_its_event_and_task_where_it_has_them(record, event_id, task):
    found = outcomes.Outcome(message(), record)
    assert (found.event_id, found.task) == (event_id, task)


def test_of_repeats_the_last_stays_and_they_are_counted():
    latest = outcomes.Latest()
    for found in (outcome("a", at=1, offset=0), outcome("b", at=2, offset=1), outcome("a", at=3, offset=2)):
        latest.add(found)
    assert [(item.identity, item.message.origin.offset) for item in latest.outcomes()] == [("b", 1), ("a", 2)]
    assert (latest.count, latest.repeats) == (2, 1)


def test_what_a_replay_brought_stays_when_an_earlier_one_comes_late():
    latest = outcomes.Latest()
    for offset, replay in enumerate((None, b"2", None, b"1")):
        came = message("e1:result", offset=offset)
        own = () if replay is None else (("untuned-replay", replay),)
        latest.add(outcomes.Outcome(dataclasses.replace(came, headers=(*came.headers, *own)), {}))
    assert [item.message.origin.offset for item in latest.outcomes()] == [1]
    assert latest.repeats == 3


def test_what_a_person_corrected_stays_when_the_models_answer_comes_again():
    latest = outcomes.Latest()
    for offset, by in enumerate((None, b"person", None)):
        came = message("e1:result", offset=offset)
        own = () if by is None else (("untuned-decided-by", by),)
        latest.add(outcomes.Outcome(dataclasses.replace(came, headers=(*came.headers, *own)), {}))
    assert [item.message.origin.offset for item in latest.outcomes()] == [1]


def test_events_of_one_id_in_two_tasks_are_no_repeats():
    latest = outcomes.Latest()
    for task in ("sort", "route", "sort"):
        latest.add(outcomes.Outcome(message("m-1:result"), {"event_id": "m-1", "task": task}))
    assert [item.task for item in latest.outcomes()] == ["route", "sort"]
    assert (latest.count, latest.repeats) == (2, 1)


def test_messages_without_an_identity_are_all_different():
    latest = outcomes.Latest()
    for offset in range(3):
        latest.add(outcome(offset=offset))
    assert (latest.count, latest.repeats) == (3, 0)


def test_outcomes_of_several_partitions_are_in_the_order_of_their_time():
    latest = outcomes.Latest()
    for identity, at, partition in (("a", 5, 0), ("b", 1, 1), ("c", 3, 2)):
        latest.add(outcome(identity, at=at, partition=partition))
    assert [item.identity for item in latest.outcomes()] == ["b", "c", "a"]


@pytest.mark.parametrize("count", [1, 3, 5_000])
def test_a_limit_keeps_the_newest_and_still_knows_the_others(count):
    latest = outcomes.Latest(limit=3)
    for number in range(count):
        latest.add(outcome(str(number), at=number, offset=number))
    newest = [str(number) for number in range(max(0, count - 3), count)]
    assert [item.identity for item in latest.outcomes()] == newest
    assert latest.is_repeat(outcome("0"))
    assert latest.count == count


@pytest.mark.parametrize(
    ("reason", "ruled", "decided"),
    [
        ("rule", set(), False),
        ("rule", {("sort", "e1", 2, False)}, True),
        ("rule", {("sort", "e1", 2, True)}, False),
        ("rule", {("sort", "e1", 1, False), ("sort", "e2", 2, False), ("other", "e1", 2, False)}, False),
        ("audit", {("sort", "e1", 1, True)}, False),
        ("audit", {("sort", "e1", 2, True)}, True),
        ("audit", {("sort", "e1", 2, False)}, True),
    ],
)
def test_an_item_is_decided_by_a_ruling_on_its_round(reason, ruled, decided):
    stands = message("e1:review")
    stands = dataclasses.replace(stands, headers=(*stands.headers, ("untuned-replay", b"2")))
    item = outcomes.Outcome(stands, {"reason": reason, "event": {"id": "e1", "task": "sort"}})
    assert outcomes.is_decided(item, ruled) is decided


def test_json_of_a_record_cannot_steer_a_terminal_and_means_the_same():
    hostile = "\x1b[2J\x9b\u202e Grüße"
    text = outcomes.as_json(outcomes.Outcome(message("a"), {"event_id": hostile, "raw": b"\x00"}))
    assert not any(character in text for character in "\x1b\x9b\u202e\n")
    assert "Grüße" in text
    assert json.loads(text)["event_id"] == hostile
    assert json.loads(text)["raw"] == "AA=="
