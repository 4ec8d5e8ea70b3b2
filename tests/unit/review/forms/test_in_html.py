"""The form as the page writes it, posted without script: the answer comes back."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from processor.core.contracts import contract
from processor.review import forms
from processor.review.web import templating
from processor.review.web.item import controls as item_controls
from processor.review.web.item import descriptions as item_descriptions
from tests.unit.review.forms.page import Page
from tests.unit.review.forms.test_round_trip import OF_NASTY, _answers

if TYPE_CHECKING:
    from processor.core.contracts.contract import Contract

ENVIRONMENT = templating.environment(SimpleNamespace(now=nullcontext), str, str)  # type: ignore[arg-type]
TEMPLATE = ENVIRONMENT.from_string('{% import "form.html.j2" as parts with context %}{{ parts.group(form) }}')


def html(form: forms.Field) -> str:
    return TEMPLATE.render(form=form, controls=item_controls, descriptions=item_descriptions)


def came_back(of: Contract, answer: Any) -> Any:
    form = forms.build(of.shape, answer)
    page = Page(html(form))
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
    page = Page(html(forms.build(of.shape, {"a": [1] * 1001})))
    _, [problem] = forms.read(of.shape, page.posted)
    assert "1001" in problem.message


def whole(rows: int, symbols: int = 30) -> tuple[Contract, Any]:
    """A contract with a list of records, in which lists are, too; and an answer of so many."""
    line = {
        "type": "record",
        "name": "Line",
        "doc": "An article.",
        "fields": [
            {"name": "sku", "type": "string", "maxLength": 20, "doc": "As printed. " * 20},
            {"name": "unit", "type": {"type": "enum", "name": "U", "symbols": ["piece", "pair", "set", "kg", "l"]}},
            {"name": "place", "type": {"type": "enum", "name": "P", "symbols": [f"p{n}" for n in range(symbols)]}},
            {"name": "tags", "type": {"type": "array", "items": {"type": "string", "minLength": 2}}},
            {"name": "value", "type": ["null", "double", {"type": "string", "maxLength": 9}], "doc": "Its worth."},
        ],
    }
    raw = {"type": "record", "name": "R", "fields": [{"name": "lines", "type": {"type": "array", "items": line}}]}
    row = {"sku": "A-1", "unit": "set", "place": "p7", "tags": ["ab", "cd"], "value": "two"}
    return contract.parse(json.dumps(raw), "r.avsc"), {"lines": [row] * rows}


@pytest.mark.parametrize("of_answer", [whole(3), whole(3, 12), (OF_NASTY, {"a___n__": [["x"], []], "u": [True]})])
def test_all_that_names_an_element_names_one(of_answer: tuple[Contract, Any]):
    of, answer = of_answer
    answer = {**answer, "m": [{"key": "a", "value": []}]} if of is OF_NASTY else answer
    text = html(forms.build(of.shape, answer, of.check(answer)))
    ids = re.findall(r' id="([^"]*)"', re.sub("<template.*?</template>", "", text, flags=re.DOTALL))
    named = re.findall(r' (?:aria-describedby|for|list)="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    in_all = {*ids, *re.findall(r' id="([^"]*)"', text)}
    assert {each for names in named for each in names.split()} <= in_all


def test_what_is_said_of_all_items_is_said_once():
    of, answer = whole(5)
    text = html(forms.build(of.shape, answer))
    assert text.count("As printed. " * 20) == 1
    assert text.count("text of at least 2 characters") == 2  # to be read, and to be heard
    assert text.count("<option") == 30 + 6 * 6  # the long one once, the short one in each item and in the blank one
    assert text.count('<template data-blank="answer.lines') == 2
    assert 'aria-describedby="m-lines.*.sku"' in text
    assert came_back(of, answer) == answer


@pytest.mark.parametrize(("typed", "value"), [("p7", "p7"), (" p7 ", "p7"), ("p 7", "p 7"), ("", "")])
def test_a_symbol_that_is_typed(typed: str, value: str):
    of, answer = whole(1)
    page = Page(html(forms.build(of.shape, answer)))
    found, problems = forms.read(of.shape, {**page.posted, "answer.lines.0.place": [typed]})
    assert found["lines"][0]["place"] == value
    assert bool(problems or of.check(found)) == (value != "p7")


def test_a_symbol_that_there_is_not_stays_in_its_line():
    of, answer = whole(1)
    answer["lines"] = [{**answer["lines"][0], "place": "<nowhere>", "unit": "<none>"}]
    text = html(forms.build(of.shape, answer, of.check(answer)))
    assert (
        'list="o-lines.*.place" aria-describedby="v-answer.lines.0.place" aria-invalid="true" value="&lt;nowhere&gt;"'
        in text
    )
    assert Page(text).posted["answer.lines.0.unit"] == [""]


def test_a_record_of_a_list_is_written_short():
    of = contract.parse(Path("schemas/order-parsing.avsc").read_text(), "order-parsing.avsc")
    line = {"description": "a hob", "sku": "AL-7222", "quantity": "2", "unit": "piece", "note": None}
    sizes = [len(html(forms.build(of.shape, {"lines": [line] * number}))) for number in (100, 200)]
    assert (sizes[1] - sizes[0]) / 100 < 1800  # 500 of them are under a megabyte
