"""Audits are drawn by a hash: the same for whoever draws, at the share that was asked for, whatever ids look like."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies as st
from scipy import stats

from processor.core import auditing, errors, routing
from processor.core.definition import Audit, Definition, parse
from processor.core.records import Answered, Reason, Result, Verdict
from processor.measure.statistics import audit as statistics
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.core.task import Task

EVENTS = 20_000
ONE_IN_A_MILLION = 1e-6
ANSWER = {"category": "card", "reason": "asks for a card"}
IDS: dict[str, Callable[[int], str]] = {
    "counted": str,
    "padded": lambda number: f"order-{number:012d}",
    "dated": lambda number: f"2026-11-{number % 28 + 1:02d}/{number}",
    "one prefix": lambda number: "x" * 190 + str(number),
}


def audited(table: str = "share = 0.5") -> Task:
    return builders.a_task(definition=f"{builders.DEFINITION}\n[audit]\n{table}\n")


def passed(task: Task, attempt: int = 1, event_id: str = "e1", replay: int = 0) -> Result:
    before = tuple(builders.an_attempt(number) for number in range(1, attempt))
    work = builders.work(attempt=attempt, attempts=before)
    work = dataclasses.replace(work, event=dataclasses.replace(work.event, id=event_id), replay=replay)
    done = Answered(builders.completion(ANSWER), (builders.passage("f1"),))
    decision = routing.after_verdict(builders.message(), work, task, done, Verdict(ANSWER), {"complete": 0.2})
    assert isinstance(decision, Result)
    return decision


def within(found: int, share: float) -> bool:
    """Whether so many of `EVENTS` are within what chance does once in half a million times."""
    low, high = (stats.binom.ppf(at, EVENTS, share) for at in (ONE_IN_A_MILLION, 1 - ONE_IN_A_MILLION))
    return bool(low <= found <= high)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("form", IDS)
def test_the_share_that_is_drawn_is_the_one_that_was_asked_for(share: float, form: str):
    drawn = sum(auditing.drawn(share, "audit", "sort", IDS[form](number), "0") for number in range(EVENTS))
    assert within(drawn, share)


@pytest.mark.parametrize(
    "others", [("second look", "sort", "{}", "0"), ("audit", "other", "{}", "0"), ("audit", "sort", "{}", "1")]
)
def test_two_draws_of_one_event_have_nothing_to_do_with_each_other(others: tuple[str, ...]):
    both = sum(
        auditing.drawn(0.5, "audit", "sort", str(number), "0")
        and auditing.drawn(0.5, *(name.format(number) for name in others))
        for number in range(EVENTS)
    )
    assert within(both, 0.25)


@hypothesis.given(st.lists(st.text(), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_draw_is_always_the_same_and_a_larger_share_holds_a_smaller_one(names: list[str], one: float, other: float):
    less, more = sorted((one, other))
    assert auditing.drawn(less, *names) == auditing.drawn(less, *names)
    assert auditing.drawn(more, *names) >= auditing.drawn(less, *names)
    assert auditing.drawn(1, *names)
    assert not auditing.drawn(0, *names)


@hypothesis.given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_names_that_run_together_are_other_names(one: list[str], other: list[str]):
    assert (auditing.number(*one) == auditing.number(*other)) == (one == other)


def test_another_version_of_untuned_draws_the_same():
    assert auditing.number("audit", "sort", "e1", "0") == 0.8126466830241739


def test_what_is_drawn_gives_an_honest_share_of_right_answers():
    """One answer in five is retried, and one of four of those is wrong; of the others one of 16: 90 % are right."""
    shares, results, tasks = Audit(share=0.1, retried=0.4), 1500, 100
    held, values = 0, []
    for task in range(tasks):
        hits, chances = [], []
        for number in range(results):
            retried = number % 5 == 0
            chance = shares.probability(1 + retried)
            if auditing.drawn(chance, "audit", f"task-{task}", str(number), "0"):
                hits.append(number % 20 not in ((0,) if retried else (1,)))
                chances.append(chance)
        found = statistics.hajek(hits, chances)
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.9 <= found.high
        values.append(found.value)
    assert held >= 90
    assert abs(sum(values) / tasks - 0.9) < 0.005


def test_what_passed_and_is_drawn_goes_to_people_too_as_the_model_gave_it():
    found = passed(audited("share = 1.0"))
    assert found.audit is not None
    assert (found.audit.reason, found.audit.inclusion) == (Reason.AUDIT, 1.0)
    assert (found.audit.answer, found.audit.violations) == (ANSWER, ())
    assert found.audit.work == found.work
    assert found.audit.provenance == found.provenance
    assert found.audit.message == builders.message()


def test_without_an_audit_table_nothing_is_drawn():
    assert passed(builders.a_task()).audit is None


def test_what_took_more_than_the_first_step_is_drawn_by_its_own_share():
    task = audited("share = 0.000001\nretried = 1.0")
    first, second = passed(task), passed(task, attempt=2)
    assert first.audit is None
    assert second.audit is not None
    assert second.audit.inclusion == 1.0
    assert Audit(share=0.25).probability(3) == 0.25


def test_a_replay_is_drawn_anew_and_a_repeat_is_not():
    task = audited()
    rounds = [[passed(task, replay=replay).audit is not None for replay in range(20)] for _ in range(2)]
    assert rounds[0] == rounds[1]
    assert len(set(rounds[0])) == 2
    audits = [found for replay in range(20) if (found := passed(task, replay=replay).audit) is not None]
    assert {found.inclusion for found in audits} == {0.5}


def test_a_lighter_audit_says_what_was_tried_and_holds_neither_passages_nor_texts():
    audit = passed(audited("share = 1.0"), attempt=2).audit
    assert audit is not None
    assert audit.work is not None
    found_usage = audit.work.usage
    light = auditing.lighter(audit)
    assert light.work is not None
    assert audit.provenance is not None
    assert light.provenance is not None
    assert [(made.number, made.answer, made.violations) for made in light.work.attempts] == [(1, "", ()), (2, "", ())]
    assert light.provenance.passages == ()
    assert light.provenance.attempts == light.work.attempts
    assert light.work.usage == found_usage
    assert (light.provenance.version, light.provenance.cost) == (audit.provenance.version, audit.provenance.cost)
    assert (light.answer, light.inclusion, light.work.event) == (ANSWER, 1.0, audit.work.event)


@pytest.mark.parametrize(
    "table",
    [
        "[audit]",
        "[audit]\nshare = 0",
        "[audit]\nshare = 1.5",
        "[audit]\nshare = 0.1\nretried = 0",
        "[audit]\nshares = 0.1",
        "[review]\nsecond_look = -0.1",
    ],
)
def test_a_share_that_cannot_be_is_refused_with_its_line(table: str):
    with pytest.raises(errors.DefinitionError, match=r"task\.toml"):
        parse(Definition, f"{builders.DEFINITION}\n{table}\n", "tasks/sort/task.toml")


def test_how_much_people_look_at_is_no_part_of_what_a_calibration_is_about():
    tables = "\n[audit]\nshare = 0.1\n\n[review]\nsecond_look = 0.2\n"
    with_audits = builders.sources(definition=builders.DEFINITION + tables)
    assert with_audits.calibrated() == builders.sources().calibrated()
    assert with_audits.version() != builders.sources().version()
