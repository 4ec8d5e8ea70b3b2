"""The shipped tasks, tried as `untuned check` does: labels fit contract and rules, and every rule was seen to fire."""

from __future__ import annotations

from pathlib import Path

import pytest

from processor.adapters.project import Project
from processor.checking import labelled, trial

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", Project(ROOT).names())
def test_labels_and_counterexamples_agree_with_contract_and_rules(name: str):
    messages = labelled.read(ROOT, name)
    found = trial.run(Project(ROOT).load(name), ROOT, messages, lambda _: None)
    assert [str(problem) for problem in found.problems] == []
    assert found.labels + found.counterexamples == len(messages)
    assert found.never == []


@pytest.mark.parametrize("name", Project(ROOT).names())
def test_rules_say_why_they_are_there(name: str):
    for rule in Project(ROOT).load(name).rules:
        assert len(rule.description.split()) >= 8, rule.name
