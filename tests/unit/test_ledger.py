import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.delivery import identity, ledger
from processor.core.records import Completion, Usage
from tests import builders

ANSWER = Completion(
    '{"category": "card"} \ud800', "stop", "m", Usage(3, 4, 1), 0.5, "no", 0.25, response_format="json_object"
)
PAID = ledger.Paid("v1", ANSWER)


def journaled(*records: tuple[str, bytes], most: int = 10) -> ledger.Ledger:
    found = ledger.Ledger(most)
    for attempt, value in records:
        found.take(attempt.encode(), value)
    return found


def test_a_paid_answer_comes_back_whole_for_the_same_definition_only():
    found = journaled(("a", ledger.paid_record(PAID)))
    assert found.answer("a", "v1") == ANSWER
    assert found.answer("a", "v2") is None
    assert found.answer("b", "v1") is None
    assert not found.is_done("a")


def test_what_is_done_needs_no_answer_any_more():
    found = journaled(("a", ledger.paid_record(PAID)), ("a", ledger.done_record("result")))
    assert found.is_done("a")
    assert found.answer("a", "v1") is None
    found.take(b"a", ledger.paid_record(PAID))  # written later by a worker that had lost the partition
    assert found.answer("a", "v1") is None


def test_the_newest_are_remembered():
    found = journaled(*((str(number), ledger.done_record("result")) for number in range(5)), most=2)
    assert [found.is_done(str(number)) for number in range(5)] == [False, False, False, True, True]


def test_what_is_read_later_is_taken_in():
    known = journaled(("a", ledger.paid_record(PAID)), ("b", ledger.done_record("retry")))
    known.merge(journaled(("a", ledger.done_record("result")), ("c", ledger.paid_record(PAID))))
    assert known.is_done("a")
    assert known.is_done("b")
    assert known.answer("c", "v1") == ANSWER


@given(st.none() | st.binary(max_size=30), st.none() | st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_strange_records_are_left_alone(key, value):
    found = journaled(("a", ledger.done_record("result")))
    found.take(key, value)
    assert found.is_done("a")


@pytest.mark.parametrize("value", [{}, {"answer": {}}, {"answer": {"version": "v1", "usage": {}}}, [], 7, "done"])
def test_records_of_another_shape_are_left_alone(value):
    found = journaled(("a", json.dumps(value).encode()))
    assert found.answer("a", "v1") is None
    assert not found.is_done("a")


def test_an_attempt_is_named_by_task_id_replay_and_number():
    works = [
        dataclasses.replace(builders.work(attempt=attempt), replay=replay) for attempt in (1, 2) for replay in (0, 1)
    ]
    names = {identity.of(work) for work in works}
    assert len(names) == 4
    assert identity.of(builders.work("one")) == identity.of(builders.work("one"))
    assert identity.of(builders.work("one")) != identity.of(builders.work("two"))
    work = builders.work()
    event = dataclasses.replace(work.event, attributes={"customer": "b"})  # it may see other passages
    assert identity.of(dataclasses.replace(work, event=event)) != identity.of(work)
    assert identity.of_place(builders.message(offset=1)) != identity.of_place(builders.message(offset=2))
    assert identity.of_place(builders.message(b"a")) != identity.of_place(builders.message(b"b"))
