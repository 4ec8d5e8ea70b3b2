"""The fault suite's checker sees what is lost, stuck, published twice and bought twice, and how long nothing moved."""

from __future__ import annotations

import json
from typing import Any

import confluent_kafka
import pytest

from bench.stub_model import Call
from tests.faults import checker, reading
from tests.faults.checker import Fault
from tests.faults.reading import Log, Seen


def seen(kind: str, ident: str, at: float, offset: int = 0, **changes: Any) -> Seen:
    given: dict[str, Any] = {"claimed": ident, "ce_id": f"{ident}:{kind}"}
    return Seen(kind, 0, offset, at, ident, **{**given, **changes})


def log(*messages: Seen, tasks: int = 0, retry: int = 0) -> Log:
    ordered = tuple(sorted(messages, key=lambda each: each.at))
    return Log(ordered, {("tasks", 0): tasks, ("retry", 0): retry})


def test_all_is_well():
    found = checker.judge(
        log(seen("tasks", "a", 0), seen("tasks", "b", 0, 1), seen("results", "a", 1), seen("review", "b", 3), tasks=2)
    )
    assert (found.produced, found.results, found.review) == (2, 1, 1)
    assert (found.lost, found.stuck, found.duplicates, found.mistaken) == ((), (), 0, ())
    assert (found.stall, found.stalled_at) == (2, 1)


@pytest.mark.parametrize(
    ("committed", "lost", "stuck"),
    [({"tasks": 2}, ("b",), ()), ({"tasks": 1}, (), ("b",)), ({"tasks": 0}, (), ("b",))],
)
def test_an_event_without_an_outcome_is_lost_where_it_is_committed(
    committed: dict[str, int], lost: tuple[str, ...], stuck: tuple[str, ...]
):
    found = checker.judge(log(seen("tasks", "a", 0), seen("tasks", "b", 0, 1), seen("results", "a", 1), **committed))
    assert (found.lost, found.stuck) == (lost, stuck)


@pytest.mark.parametrize(("retry", "lost"), [(0, ()), (1, ("a",))])
def test_an_event_that_waits_on_the_retry_topic_is_not_lost(retry: int, lost: tuple[str, ...]):
    found = checker.judge(log(seen("tasks", "a", 0), seen("retry", "a", 1), tasks=1, retry=retry))
    assert found.lost == lost
    assert found.stuck == (() if lost else ("a",))


def test_outcomes_beyond_the_first_are_duplicates():
    found = checker.judge(
        log(seen("tasks", "a", 0), seen("results", "a", 1), seen("results", "a", 2, 1), seen("results", "a", 3, 2))
    )
    assert found.duplicates == 2
    assert found.mistaken == ()


@pytest.mark.parametrize(
    "wrong",
    [
        seen("review", "a", 2),  # a result and a review item
        seen("results", "a", 2, ce_id="other"),
        seen("results", "a", 2, claimed="b", ce_id="a:results"),
    ],
)
def test_duplicates_that_a_consumer_cannot_recognise_are_mistakes(wrong: Seen):
    assert checker.judge(log(seen("tasks", "a", 0), seen("results", "a", 1), wrong)).mistaken == ("a",)


def audit(ident: str, at: float, **changes: Any) -> Seen:
    return seen("review", ident, at, reason="audit", **changes)


def test_an_audit_is_no_second_outcome_of_its_event():
    found = checker.judge(
        log(
            *(seen("tasks", ident, 0) for ident in "abc"),
            *(seen("results", ident, 1) for ident in "ab"),
            seen("review", "c", 1),
            audit("a", 2),
            audit("a", 3),
        )
    )
    assert (found.results, found.review, found.audits, found.duplicates) == (2, 1, 1, 0)
    assert (found.unaudited, found.mistaken, found.lost) == (("b",), (), ())


@pytest.mark.parametrize("wrong", [audit("a", 2, claimed="b"), audit("a", 2, ce_id="other"), audit("x", 2)])
def test_an_audit_of_another_event_or_of_what_has_no_result_is_a_mistake(wrong: Seen):
    found = checker.judge(log(seen("tasks", "a", 0), seen("results", "a", 1), audit("a", 1), wrong))
    assert found.mistaken == (wrong.ident,)


def test_an_event_that_has_an_audit_alone_is_lost():
    assert checker.judge(log(seen("tasks", "a", 0), audit("a", 1), tasks=1)).lost == ("a",)


def test_an_outcome_of_nothing_is_a_mistake():
    assert checker.judge(log(seen("tasks", "a", 0), seen("results", "a", 1), seen("results", "x", 1))).mistaken == (
        "x",
    )


def test_the_same_id_produced_twice_is_one_event():
    found = checker.judge(log(seen("tasks", "a", 0), seen("tasks", "a", 1, 1), seen("results", "a", 2), tasks=2))
    assert (found.produced, found.lost, found.duplicates) == (1, (), 0)


def test_a_pause_without_open_events_is_no_stall():
    found = checker.judge(
        log(seen("tasks", "a", 0), seen("results", "a", 1), seen("tasks", "b", 100, 1), seen("results", "b", 103))
    )
    assert (found.stall, found.stalled_at) == (3, 100)


def test_a_retry_is_progress():
    found = checker.judge(log(seen("tasks", "a", 0), seen("retry", "a", 4), seen("results", "a", 10)))
    assert (found.stall, found.stalled_at) == (6, 4)


def test_the_workers_start_is_no_stall():
    found = checker.judge(
        log(seen("tasks", "a", 0), seen("tasks", "b", 0, 1), seen("results", "a", 50), seen("results", "b", 52))
    )
    assert (found.stall, found.stalled_at) == (2, 50)


def test_what_is_never_settled_stalls_until_the_end():
    assert checker.judge(log(seen("tasks", "a", 0)), end=50).stall == 50


@pytest.mark.parametrize(("ended", "recovery"), [(2, 3), (5, 0), (6, 4), (10.5, 0), (22, 8)])
def test_recovery_is_from_the_faults_end_to_the_next_progress(ended: float, recovery: float):
    moved = (seen("tasks", "a", 0), seen("retry", "a", 5), seen("results", "a", 10), seen("tasks", "b", 20, 1))
    found = checker.judge(log(*moved), faults=[Fault("x", 1, ended)], end=30)
    assert found.recovery == recovery


def test_where_the_next_fault_comes_before_the_recovery_its_end_counts():
    moved = (seen("tasks", "a", 0), seen("results", "a", 20))
    faults = [Fault("first", 2, 3), Fault("second", 5, 12), Fault("third", 25, 26)]
    assert checker.judge(log(*moved), faults=faults).recovery == 8


@pytest.mark.parametrize(
    ("calls", "twice"),
    [
        ([Call(("a", 1), 0, 1), Call(("a", 2), 2, 3)], 0),
        ([Call(("a", 1), 0, 1), Call(("a", 1), 2, 3)], 1),
        ([Call(("a", 1), 0, None), Call(("a", 1), 2, 3)], 0),
        ([Call(("a", 1), 0, 3), Call(("a", 1), 2, 4)], 0),  # not yet answered when the second began
        ([Call(("a", 1), 4, 5), Call(("a", 1), 0, 1), Call(("a", 1), 2, None)], 2),
    ],
)
def test_a_call_is_bought_twice_where_its_answer_had_been_sent(calls: list[Call], twice: int):
    assert checker.bought_twice(calls) == twice


class _Message:
    def __init__(self, value: Any, headers: Any = (), stamp: int = confluent_kafka.TIMESTAMP_LOG_APPEND_TIME) -> None:
        self._value, self._headers, self._stamp = value, headers, stamp

    def value(self) -> Any:
        return (
            self._value if self._value is None or isinstance(self._value, bytes) else json.dumps(self._value).encode()
        )

    def headers(self) -> Any:
        return self._headers

    def timestamp(self) -> tuple[int, int]:
        return self._stamp, 1500

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return 7


@pytest.mark.parametrize(
    ("kind", "value", "ident"),
    [
        ("tasks", {"id": "a"}, "a"),
        ("tasks", None, "3/7"),
        ("tasks", b"\xff{", "3/7"),
        ("tasks", [1], "3/7"),
        ("results", {"event_id": "a", "attempts": [1, 2]}, "a"),
        ("review", {"event": {"id": "a"}, "origin": {"partition": 1, "offset": 2}}, "a"),
        ("review", {"event": None, "origin": {"partition": 1, "offset": 2}}, "1/2"),
    ],
)
def test_what_a_message_is_about(kind: str, value: Any, ident: str):
    assert reading.view(kind, _Message(value)).ident == ident
    assert reading.view(kind, _Message(value, [(reading.IDENT, b"marked"), ("x", None)])).ident == "marked"


def test_times_that_are_not_the_brokers_are_refused():
    with pytest.raises(ValueError, match="stamp"):
        reading.view("results", _Message({}, stamp=confluent_kafka.TIMESTAMP_CREATE_TIME))
