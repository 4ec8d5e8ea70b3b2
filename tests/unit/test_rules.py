"""The decorator: what it makes of a function, and what it says of one that can be no rule."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from processor.adapters import project
from processor.core import errors, rules
from tests import projects

HEAD = "from processor.core.rules import rule, violation\n\n"


def load(root: Path, text: str) -> tuple[rules.Rule, ...]:
    projects.make(root, HEAD + text)
    return project.Project(root).load("sort").rules


def test_a_rule_is_called_what_its_variable_is_called(tmp_path: Path):
    found = load(
        tmp_path,
        '''
def make(word):
    @rule(severity="warning", then="review", seconds=2)
    def inner(event, answer, passages):
        """No such word. And more."""
    return inner

no_fish, no_meat = make("fish"), make("meat")

@rule
def plain(event, answer, passages):
    ...
''',
    )
    assert [(each.name, each.severity, each.then, each.seconds) for each in found] == [
        ("no_fish", "warning", "review", 2),
        ("no_meat", "warning", "review", 2),
        ("plain", "violation", "retry", rules.SECONDS),
    ]
    assert found[0].description == "No such word. And more."


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("@rule\nasync def a(event, answer, passages): ...", 3, "rule a: is async"),
        ("@rule\nasync def a(event, answer, passages):\n    yield", 3, "rule a: is async"),
        ("@rule\ndef a(event, answer): ...", 3, "rule a: must take (event, answer, passages)"),
        ("@rule\ndef a(event, answer, passages, more): ...", 3, "rule a: must take"),
        ("@rule\ndef a(event, answer, *, passages): ...", 3, "rule a: must take"),
        ('@rule(severity="error")\ndef a(event, answer, passages): ...', 3, "severity is violation or warning"),
        ('\n@rule(then="stop")\ndef a(event, answer, passages): ...', 4, "then is retry or review, not 'stop'"),
        ("@rule(seconds=0)\ndef a(event, answer, passages): ...", 3, "seconds is a number from 0.01, not 0"),
        ('@rule(seconds="1")\ndef a(event, answer, passages): ...', 3, "seconds is a number"),
        ('@rule(seconds=float("inf"))\ndef a(event, answer, passages): ...', 3, "seconds is a number"),
        ('@rule(seconds=float("nan"))\ndef a(event, answer, passages): ...', 3, "seconds is a number"),
        ('@rule(sevrity="warning")\ndef a(event, answer, passages): ...', 3, "keyword argument 'sevrity'"),
        ('@rule("warning")\ndef a(event, answer, passages): ...', 3, "stands above a function, not 'warning'"),
        ("a = 1 / 0", 3, "ZeroDivisionError"),
        ("def a(:", 3, "not Python"),
        ("import nowhere_to_be_found", 3, "ModuleNotFoundError"),
    ],
)
def test_what_can_be_no_rule_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str):
    with pytest.raises(errors.DefinitionError) as caught:
        load(tmp_path, text)
    assert (caught.value.path, caught.value.line) == ("rules/sort.py", line)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (None, ""),
        (0, "0"),
        ("ä", '"ä"'),
        (Decimal("1.50"), '"1.50"'),
        ("x" * 198, f'"{"x" * 198}"'),
        ("x" * 199, f'"{"x" * 198}…'),
    ],
)
def test_what_was_found_is_shown_as_json_of_a_bounded_length(found: Any, shown: str):
    made = rules.violation("$.a", "No.", found=found, expected="more")
    assert (made.path, made.message, made.found, made.expected) == ("$.a", "No.", shown, "more")
    assert len(made.found) <= rules.FOUND_LIMIT


def test_the_rules_in_the_docs_are_rules():
    text = (Path(__file__).parents[2] / "docs/rules.md").read_text()
    found: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, found)
    made = [each.name for each in rules.collect(found)]
    assert made[0] == "refund_needs_order"
    assert len(made) == 7
