"""The form as the page writes it, posted without script: the answer comes back."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from processor.core.contracts import contract
from processor.review import forms
from processor.review.web import templating
from processor.review.web.item import controls as item_controls
from tests.unit.review.forms.page import Page
from tests.unit.review.forms.test_round_trip import OF_NASTY, _answers

if TYPE_CHECKING:
    from processor.core.contracts.contract import Contract

ENVIRONMENT = templating.environment(SimpleNamespace(now=nullcontext), str, str)  # type: ignore[arg-type]
TEMPLATE = ENVIRONMENT.from_string('{% import "form.html.j2" as parts with context %}{{ parts.group(form, controls) }}')


def came_back(of: Contract, answer: Any) -> Any:
    form = forms.build(of.shape, answer)
    page = Page(TEMPLATE.render(form=form, controls=item_controls))
    found, problems = forms.read(of.shape, page.posted)
    assert problems == ()
    return found


@pytest.mark.parametrize("task", ["ticket-triage", "ticket-routing", "invoice-extraction", "order-parsing"])
def test_shipped_tasks(task: str):
    of = contract.parse(Path(f"schemas/{task}.avsc").read_text(), f"{task}.avsc")
    for answer in [answer for answer in _answers(Path("tasks") / task) if not of.check(answer)][:10]:
        assert came_back(of, answer) == answer


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"__is": "\n\n<b>&amp;\"'</textarea>\x1b\u202e "},
        {"__is": ""},
        {"a___n__": [["x", ""], [], ["\na\nb "]]},
        {"u": True},
        {"u": 2**60 + 1},
        {"u": ""},
        {"u": []},
        {"u": [None, True, False]},
        {"u": {"__is": "null"}},
        {"__is": "\r\x00\ra\r\n", "one": "\r", "a___n__": [["\x00"]]},
        {"r": {"__is": None}},
        {"r": {"__is": -(2**63)}},
        {"m": [{"key": "", "value": []}, {"key": "a.b", "value": [{"key": "\n", "value": None}]}]},
    ],
)
def test_nasty_names_and_values(changes: Any):
    answer = {"__is": None, "a___n__": [], "u": None, "r": None, "nothing": None, "one": " x ", "m": [], **changes}
    assert OF_NASTY.check(answer) == ()
    assert came_back(OF_NASTY, answer) == answer


def test_what_the_page_cannot_show_whole_is_not_cut_away():
    raw = {"type": "record", "name": "R", "fields": [{"name": "a", "type": {"type": "array", "items": "int"}}]}
    of = contract.parse(json.dumps(raw), "r.avsc")
    page = Page(TEMPLATE.render(form=forms.build(of.shape, {"a": [1] * 1001}), controls=item_controls))
    _, [problem] = forms.read(of.shape, page.posted)
    assert "1001" in problem.message
