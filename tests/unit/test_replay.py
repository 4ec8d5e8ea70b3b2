"""What is replayed: candidates, the choice among them, and the messages that are made of them."""

import base64
import dataclasses
import json
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from processor.core import errors
from processor.core.records import Message, Origin, Reason
from processor.core.replay import again, candidate, choice, summary
from processor.core.replay.candidate import Candidate, Source
from processor.core.replay.choice import Facts, LeftOut, Wish
from processor.core.wire import headers, strict_json

EVENT = {"id": "e1", "task": "sort", "input": {"text": "Where?"}}
FIRST: dict[str, Any] = {"topic": "untuned.tasks", "partition": 2, "offset": 7, "timestamp_ms": 1000}


def read(message):
    """As `Wire.read` for JSON."""
    try:
        found = strict_json.loads(message.value or b"")
    except ValueError as error:
        raise errors.Refused(Reason.UNDECODABLE, str(error)) from error
    if not isinstance(found, dict):
        raise errors.Refused(Reason.UNDECODABLE, "it is not an object")
    return found


def message(value, *, reason=b"rule", replay=None, offset=3, topic="untuned.review"):
    own = [("untuned-reason", reason)] + ([] if replay is None else [("untuned-replay", replay)])
    written = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
    return Message(Origin(topic, 1, offset, 5000), b"key", written, (("x-foreign", b"\xff"), *own))


def raw(value):
    return {"event": None, "raw": None if value is None else base64.b64encode(value).decode(), "origin": FIRST}


def test_an_item_is_its_event():
    for source in ("review", "retry"):
        found = candidate.build(source, message({"event": EVENT}, replay=b"2"), read)
        assert found == Candidate(
            ("sort", "e1"), "e1", "rule", 2, Origin("untuned.review", 1, 3, 5000), Origin("untuned.review", 1, 3, 5000)
        )


def test_an_item_whose_headers_name_its_event_is_not_decoded():
    def undecoded(_):
        raise AssertionError

    given: list[tuple[Source, bytes]] = [("review", b"e:1:review"), ("retry", b"e:1:retry:12")]
    for source, identity in given:
        stands = message(b"")
        stands = dataclasses.replace(stands, headers=(*stands.headers, ("ce_id", identity), ("untuned-task", b"sort")))
        found = candidate.build(source, stands, undecoded)
        assert found == a_candidate("e:1", kept=stands.origin, stands=stands.origin)
        assert again.build(source, stands, 1, 1, read) is None


def test_a_result_is_kept_where_its_event_was_produced():
    found = candidate.build("results", message({"event_id": "e1", "task": "sort", "first": FIRST}), read)
    assert found is not None
    assert (found.key, found.kept) == (("sort", "e1"), Origin(**FIRST))


def test_a_message_of_the_tasks_topic_is_its_event_or_its_bytes():
    event, other = (candidate.build("tasks", message(value), read) for value in (EVENT, b"{oops"))
    assert event is not None
    assert other is not None
    assert (event.key, event.name) == (("sort", "e1"), "e1")
    assert (other.task, other.name) == ("", "untuned.review/1/3")


def test_equal_bytes_are_the_same_work_wherever_they_stood():
    one, two, three = (
        candidate.build("review", message(raw(value), offset=at), read)
        for value, at in ((b"a", 1), (b"a", 2), (b"b", 3))
    )
    assert one is not None
    assert two is not None
    assert three is not None
    assert one.key == two.key != three.key
    assert one.name == "untuned.tasks/2/7"


def test_bytes_that_can_be_read_by_now_are_their_event():
    found = candidate.build("review", message(raw(json.dumps(EVENT).encode())), read)
    assert found is not None
    assert (found.key, found.name) == (("sort", "e1"), "e1")


NOTHING = [
    *[("review", value) for value in (None, b"\xff", b"[]", {}, {"event": 7}, raw(None), {"raw": 7}, {"raw": "?"})],
    *[("retry", value) for value in (None, b"\xff", {}, {"event": {**EVENT, "id": ""}})],
    *[("results", value) for value in (None, b"\xff", {}, {"first": 7}, {"first": {**FIRST, "offset": "7"}})],
    ("tasks", None),
]


@pytest.mark.parametrize(("source", "value"), NOTHING)
def test_what_holds_nothing_to_send_is_no_candidate(source, value):
    assert candidate.build(source, message(value), read) is None


FIELDS = ["event", "raw", "first", "origin", "event_id", "task", "id", "input"]
VALUES: list[Any] = [
    None,
    True,
    -1,
    2**70,
    "",
    "e1",
    "\u202e",
    "AAAA",
    "{",
    [],
    {},
    EVENT,
    FIRST,
    {**EVENT, "input": "{}"},
]
RECORDS = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES), max_size=5)


@hypothesis.given(RECORDS | st.binary(max_size=9), st.sampled_from(["review", "results", "retry", "tasks"]))
def test_any_record_is_a_candidate_that_can_be_sent_or_none(value, source):
    stands = message(value)
    found = candidate.build(source, stands, read)
    if found is not None and source != "results":
        assert again.build(source, stands, 1, 1, read) is not None


def a_candidate(name="e1", *, at=1000, **changes):
    place = Origin("untuned.review", 0, at, at)
    made = Candidate(("sort", name), name, "rule", 0, place, place)
    return dataclasses.replace(made, **changes)


def test_of_an_event_the_newest_counts_in_any_order():
    old, new = a_candidate(at=1), a_candidate(at=2, replay=1)
    for order in ((old, new), (new, old)):
        newest = choice.Newest()
        for found in (*order, None, a_candidate("e2", at=0)):
            newest.add(found)
        assert [(found.name, found.replay) for found in newest.fitting(Wish())] == [("e2", 0), ("e1", 1)]
        assert newest.unreadable == 1


def test_an_event_whose_newest_item_was_not_asked_for_is_not_replayed():
    newest = choice.Newest()
    newest.add(a_candidate(at=1))
    newest.add(a_candidate(at=2, reason="refusal"))
    assert newest.fitting(Wish(reasons=frozenset({"rule"}))) == []
    assert newest.fitting(Wish(until_ms=2)) == []


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        (Wish(), True),
        (Wish(task="sort"), True),
        (Wish(task="other"), False),
        (Wish(task=""), False),
        (Wish(ids=frozenset({"e1", "e2"})), True),
        (Wish(ids=frozenset({"e2"})), False),
        (Wish(reasons=frozenset({"enum", "refusal"})), True),
        (Wish(reasons=frozenset({"enu"})), False),
        (Wish(until_ms=1001), True),
        (Wish(until_ms=1000), False),
    ],
)
def test_what_was_asked_for(wish, fits):
    assert wish.fits(a_candidate(reason="maximum,enum")) is fits


@pytest.mark.parametrize(
    ("facts", "changes", "why"),
    [
        (Facts(), {}, None),
        (Facts(), {"replay": 2}, None),
        (Facts(), {"replay": 3}, LeftOut.CAPPED),
        (Facts(answered={("sort", "e1"): 0}), {}, LeftOut.ANSWERED),
        (Facts(answered={("sort", "e1"): 0}), {"replay": 1}, None),
        (Facts(answered={("sort", "e1"): 3}), {"replay": 3}, LeftOut.ANSWERED),
        (Facts(answered={("other", "e1"): 0}), {}, None),
        (Facts(decided={("sort", "e1", 0)}), {}, LeftOut.DECIDED),
        (Facts(decided={("sort", "e1", 0)}), {"replay": 1}, None),
        (Facts(decided={("sort", "e2", 0), ("other", "e1", 0)}), {}, None),
        (Facts(), {"passed": True}, LeftOut.PASSED),
        (Facts(under_way={("sort", "e1"): 1}), {}, LeftOut.WAITING),
        (Facts(under_way={("sort", "e1"): 1}), {"replay": 1}, None),
        (Facts(under_way={("other", "e1"): 1}), {}, None),
        (Facts(waiting_from={("untuned.review", 0): 1000}), {}, LeftOut.WAITING),
        (Facts(waiting_from={("untuned.review", 0): 1001}), {}, None),
        (Facts(waiting_from={("untuned.review", 1): 0}), {}, None),
        (Facts(begins={("untuned.review", 0): 1000}), {}, None),
        (Facts(begins={("untuned.review", 0): 1001}), {}, LeftOut.EXPIRED),
        (Facts(begins={("untuned.tasks", 0): 0}), {}, LeftOut.EXPIRED),
    ],
)
def test_what_stands_against_a_replay(facts, changes, why):
    found = choice.choose([a_candidate(**changes)], Wish(), facts)
    assert (len(found.chosen), dict(found.left_out)) == ((1, {}) if why is None else (0, {why: 1}))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (Facts(answered={("sort", "e1"): 1}), None),
        (Facts(answered={("sort", "e1"): 2}), LeftOut.ANSWERED),
        (Facts(decided={("sort", "e1", 1)}), None),
    ],
)
def test_an_audit_that_is_asked_for_by_its_reason_is_sent_though_it_passed(facts, why):
    audit = a_candidate(reason="audit", passed=True, replay=1)
    found = choice.choose([audit], Wish(reasons=frozenset({"audit"})), facts)
    assert (found.chosen, dict(found.left_out)) == (((audit,), {}) if why is None else ((), {why: 1}))


@pytest.mark.parametrize("source", ["review", "retry", "results", "tasks"])
def test_only_what_went_to_review_is_an_audit_whatever_a_rule_is_called(source):
    value = EVENT if source == "tasks" else {"event": EVENT, **EVENT, "event_id": "e1", "first": FIRST}
    found = candidate.build(source, message(value, reason=b"audit"), read)
    assert found is not None
    assert found.passed is (source == "review")


def test_the_oldest_are_chosen_and_the_others_counted():
    given = [a_candidate(f"e{number}", at=number, replay=3 * (number == 1)) for number in range(5)]
    found = choice.choose(given, Wish(limit=2), Facts(), unreadable=4)
    assert [item.name for item in found.chosen] == ["e0", "e2"]
    assert found.left_out == {LeftOut.UNREADABLE: 4, LeftOut.CAPPED: 1, LeftOut.LIMITED: 2}


def test_groups_by_task_and_reason():
    given = [a_candidate(at=at, reason=reason) for at, reason in ((1, "rule"), (2, "refusal"), (3, "rule"))]
    assert summary.groups(given) == [
        summary.Group("sort", "rule", 2, 1, 3),
        summary.Group("sort", "refusal", 1, 2, 2),
    ]


def sent(source, value, **changes):
    found = again.build(source, message(value, **changes), 2, 9, read)
    assert found is not None
    return found


def test_what_is_sent_for_an_event_of_an_item():
    found = sent("review", {"event": {**EVENT, "attributes": {"a": "b"}, "created_at": None}}, replay=b"1")
    assert (found.line, found.key, json.loads(found.value)) == (9, b"key", {**EVENT, "attributes": {"a": "b"}})
    assert found.headers[0] == ("x-foreign", b"\xff")
    assert dict(found.headers)["ce_source"] == b"/untuned/replay"
    assert headers.replay(found.headers) == 2
    assert "untuned-reason" not in dict(found.headers)


@pytest.mark.parametrize("value", [b"\x00", b"", b" " + json.dumps(EVENT).encode()])
def test_what_is_sent_for_bytes_that_were_no_event(value):
    found = sent("review", raw(value), replay=b"1")
    assert found == dataclasses.replace(
        found, key=b"key", value=value, headers=(("x-foreign", b"\xff"), ("untuned-replay", b"2"))
    )


def test_bytes_that_are_the_record_of_a_retry_are_sent_as_its_event():
    given = raw(json.dumps({"event": EVENT, "attempt": 2, "first": FIRST}).encode())
    found = candidate.build("review", message(given), read)
    assert found is not None
    assert found.key == ("sort", "e1")
    assert json.loads(sent("review", given).value) == EVENT
    assert json.loads(sent("review", raw(json.dumps({"event": EVENT}).encode())).value) == {"event": EVENT}


@pytest.mark.parametrize("source", ["tasks", "results"])
def test_messages_of_the_tasks_topic_are_sent_as_they_are(source):
    found = sent(source, b"\xff", replay=b"1")
    assert (found.key, found.value) == (b"key", b"\xff")
    assert found.headers == (("x-foreign", b"\xff"), ("untuned-reason", b"rule"), ("untuned-replay", b"2"))
    assert again.build(source, message(None), 1, 1, read) is None
