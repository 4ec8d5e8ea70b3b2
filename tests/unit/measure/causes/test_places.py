"""What to change for a cause: a rung, a file that is there, and what to do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from processor.core.records import Reason, Violation
from processor.core.rules import rule
from processor.measure.causes import places
from processor.measure.causes.oracle import Oracle
from processor.measure.causes.records import CAUSES, Cause
from tests import builders, measured

CASE = measured.a_case()
ORACLE = Oracle((builders.passage("cards.md#0"),), "facts")
STATED = (Violation("$.category", "enum", "Not a known category."),)


@rule(severity="warning")
def short_reason(event, answer, passages):
    return None


@rule(then="review")
def wants_a_person(event, answer, passages):
    return None


TASK = builders.a_task(short_reason, wants_a_person)


def place(cause: Cause, what: str = "e", stated: Any = STATED, rung: Any = "rules", **outcome: Any) -> tuple[Any, str]:
    found = places.of(TASK, CASE, cause, measured.an_outcome(CASE, what, rung, **outcome), ORACLE, stated)
    assert found.what
    return found.rung, found.file


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("absent", ("retrieval", "tasks/sort/knowledge/")),
        ("missed", ("retrieval", "tasks/sort/task.toml [[retrieval]] fact")),
        ("cut", ("retrieval", "tasks/sort/task.toml [[retrieval]] fact")),
        ("unused", ("prompt", "tasks/sort/prompt.md")),
        ("format", ("rules", "tasks/sort/task.toml [[step]]")),
        ("both", ("rules", "tasks/sort/task.toml [[retrieval]] fact; tasks/sort/task.toml [[step]]")),
        ("lenient", ("rules", "tasks/sort/task.toml [[step]] 1 accept")),
        ("ambiguous", ("people", "tasks/sort/cases.jsonl:1")),
        ("varies", ("rules", "tasks/sort/task.toml [[step]]")),
        ("capability", (None, "tasks/sort/task.toml [[step]]")),
        ("withheld", ("rules", "tasks/sort/task.toml [[step]] 1 accept")),
        ("stopped", (None, "tasks/sort")),
    ],
)
def test_places(cause: Cause, expected: tuple[Any, str]) -> None:
    assert place(cause) == expected


def test_every_cause_has_one() -> None:
    assert all(place(cause)[1] for cause in CAUSES)


def test_a_constraint_on_a_lower_rung_is_the_next_rung() -> None:
    assert place("format", rung="prompt") == ("rules", "tasks/sort/retry.md")


def test_a_warning_that_helps_ought_to_be_a_violation() -> None:
    warned = (Violation("$.reason", "short_reason", "Too long."),)
    assert place("format", "w", warned) == ("rules", "rules/sort.py short_reason")


def test_the_rule_that_withholds_is_named() -> None:
    held = (Violation("$", "wants_a_person", "A person."),)
    assert place("withheld", "o", reason=Reason.RULE, violations=held) == ("people", "rules/sort.py wants_a_person")


@pytest.mark.parametrize(
    ("reason", "file"),
    [
        (Reason.INVALID_INPUT, "tasks/sort/task.toml [input]"),
        (Reason.INPUT_TOO_LARGE, "tasks/sort/task.toml [budget] input_tokens"),
        (Reason.RULE_FAILED, "rules/sort.py"),
        (Reason.CALL_FAILED, "tasks/sort"),
    ],
)
def test_what_stops_a_case_is_named(reason: Reason, file: str) -> None:
    assert place("stopped", "n", reason=reason)[1] == file


def test_without_a_violation_both_is_a_threshold() -> None:
    found = places.of(TASK, CASE, "both", measured.an_outcome(CASE, "w"), dataclasses.replace(ORACLE), ())
    assert found.file.endswith("[[step]] 1 accept")
