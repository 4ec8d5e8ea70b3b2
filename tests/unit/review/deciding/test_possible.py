"""What can be decided about which item."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from processor.core.records import Action
from processor.review import deciding
from tests import builders, reviewing

ALL = set(Action)
TASK = builders.a_task()
BLIND: dict[str, Any] = {"second": True, "rulings": [reviewing.ruling(by="bob")]}


@pytest.mark.parametrize(
    ("item", "task", "not_possible"),
    [
        ({}, TASK, set()),
        ({}, None, {Action.ACCEPT, Action.CORRECT}),
        ({"event": None, "raw": "AAE=", "answer": None, "task": ""}, TASK, {Action.ACCEPT, Action.CORRECT}),
        ({"event": None, "answer": None}, None, {Action.ACCEPT, Action.CORRECT, Action.SEND_BACK}),
        ({"answer": None}, TASK, {Action.ACCEPT}),
        ({"inclusion": 0.1}, TASK, {Action.SEND_BACK}),
        ({"inclusion": 0.1, "rulings": [reviewing.ruling()]}, TASK, {Action.SEND_BACK}),
        (BLIND, TASK, {Action.SEND_BACK}),
        ({**BLIND, "rulings": [reviewing.ruling(by="ann")]}, TASK, set()),
    ],
)
def test_possible(item: dict[str, Any], task: Any, not_possible: set[Action]):
    if "event" in item:
        made = reviewing.item()
        made = dataclasses.replace(made, record={**made.record, **item})
    else:
        made = reviewing.item(**item)

    assert deciding.possible(made, task, "ann") == ALL - not_possible
    assert set(deciding.why_not(made, task, "ann")) == not_possible


def test_why_is_told_by_what_is_missing():
    made = reviewing.item()
    bytes_alone = dataclasses.replace(made, record={**made.record, "event": None, "raw": "AAE="})
    assert deciding.why_not(bytes_alone, None, "ann")[Action.ACCEPT].startswith("These bytes are no event")
    assert deciding.why_not(made, None, "ann")[Action.ACCEPT].startswith("The project has no such task")


def test_nothing_is_sent_back_for_ever():
    item = reviewing.item()
    key = dataclasses.replace(item.key, replay=1000)
    item = dataclasses.replace(item, row=dataclasses.replace(item.row, key=key))
    assert Action.SEND_BACK not in deciding.possible(item, TASK, "ann")


def test_audits_and_second_looks_are_told_alike():
    audit, second = reviewing.item(inclusion=0.1), reviewing.item(**BLIND)
    assert deciding.why_not(audit, TASK, "ann") == deciding.why_not(second, TASK, "ann")
