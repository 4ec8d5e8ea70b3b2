from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from processor import config
from processor.core.files.producer_record import ProducerRecord
from processor.core.records import Action
from processor.review.desk.outcomes import Outcomes
from tests import reviewing, wires

if TYPE_CHECKING:
    from processor.core.records import Ruling
    from processor.review.desk.outcomes import Outcome

ITEM = reviewing.item()
RULING = reviewing.ruling(ITEM)


def of(made: Any, ruling: Ruling = RULING) -> Outcome | None:
    outcomes = Outcomes(config.Settings(), wires.make(), lambda _: None, lambda *_: made)
    return outcomes.of(ITEM, ruling)


def a_result(**changes: Any) -> Any:
    return dataclasses.replace(wires.a_result(**changes), ruling=RULING)


RAW = ProducerRecord(1, b"k", b"\xff", (("x-team", b"blue"), ("untuned-replay", b"1")))
EVENT = dataclasses.replace(RAW, headers=(*RAW.headers, ("ce_id", b"e-1"), ("untuned-task", b"sort")))


@pytest.mark.parametrize(
    ("made", "name", "topic"),
    [
        (a_result(), "result", "untuned.results"),
        (wires.a_retry(), "retry", "untuned.retry"),
        (EVENT, "again", "untuned.tasks"),
        (RAW, "again", "untuned.tasks"),
    ],
)
def test_what_follows_goes_to_its_topic(made: Any, name: str, topic: str) -> None:
    found = of(made)
    assert found is not None
    assert (found.name, found.topic) == (name, topic)
    assert found == of(made, dataclasses.replace(RULING, action=Action.CORRECT))


def test_nothing_may_follow() -> None:
    assert of(None) is None


def test_no_two_outcomes_are_taken_for_each_other() -> None:
    made = [
        a_result(),
        a_result(replay=1),
        wires.a_result(),  # the model's own
        wires.a_retry(),
        wires.a_retry(replay=1),
        EVENT,
        RAW,
        dataclasses.replace(RAW, value=b"\xfe"),
        dataclasses.replace(RAW, headers=()),
    ]
    marks = [found.trace.mark for each in made if (found := of(each))]
    assert len(set(marks)) == len(made)


def test_an_event_is_known_by_its_name_whatever_its_bytes() -> None:
    one, two = of(EVENT), of(dataclasses.replace(EVENT, value=b"{}"))
    assert one is not None
    assert two is not None
    assert one.trace.mark == two.trace.mark


def test_a_retry_at_another_step_is_the_same_retry() -> None:
    """Where the task has got other steps since it was published: it must not be published again."""
    one, two = of(wires.a_retry()), of(dataclasses.replace(wires.a_retry(), attempt=1))
    assert one is not None
    assert two is not None
    assert one.headers != two.headers
    assert one.trace == two.trace
