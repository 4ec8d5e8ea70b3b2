"""Any answer that passes the contract comes back from its form as it was, and whatever is posted is taken calmly."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st

from processor.core.contracts import contract, place
from processor.core.contracts.shapes import narrowed
from processor.review import forms
from tests import any_contract
from tests.unit.review.forms import browser

if TYPE_CHECKING:
    from processor.core.contracts.contract import Contract

NASTY = {
    "type": "record",
    "name": "N",
    "fields": [
        {"name": "__is", "type": ["null", "string"]},
        {"name": "a___n__", "type": {"type": "array", "items": {"type": "array", "items": "string"}}},
        {
            "name": "u",
            "type": [
                "null",
                "boolean",
                "double",
                "string",
                {"type": "array", "items": ["null", "boolean"]},
                {"type": "record", "name": "I", "fields": [{"name": "__is", "type": "string"}]},
            ],
        },
        {
            "name": "r",
            "type": ["null", {"type": "record", "name": "J", "fields": [{"name": "__is", "type": ["null", "long"]}]}],
        },
        {"name": "nothing", "type": ["null"]},
        {"name": "one", "type": ["string"]},
        {"name": "m", "type": {"type": "map", "values": {"type": "map", "values": ["null", "int"]}}},
    ],
}

OF_NASTY = contract.parse(json.dumps(NASTY), "n.avsc")


def came_back(of: Contract, answer: Any) -> Any:
    form = forms.build(of.shape, answer)
    found, problems = forms.read(of.shape, browser.post(form))
    assert problems == ()
    return found


answers = any_contract.schemas.map(lambda raw: any_contract.named(raw, itertools.count())).flatmap(
    lambda raw: st.tuples(st.just(raw), any_contract.slip(any_contract.value(raw)))
)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.too_slow])
@hypothesis.given(answers)
def test_any_answer_comes_back(drawn: tuple[Any, Any]):
    raw, answer = drawn
    of = contract.parse(json.dumps(raw), "a.avsc")
    violations = of.check(answer)

    form = forms.build(of.shape, answer, violations)
    found, _ = forms.read(of.shape, browser.post(form))

    hypothesis.event("fits" if not violations else "does not fit")
    assert len(told(form)) == len(violations)
    if not violations:
        assert found == answer
        assert of.convert(found) == of.convert(answer)
    assert forms.typed(of.shape, browser.post(form)) is not None


def told(form: forms.Field) -> list[Any]:
    return [*form.violations, *(each for field in form.fields for each in told(field))]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"__is": ""},
        {"__is": "null"},
        {"a___n__": [["x", ""], [], ["a\nb"]]},
        {"u": True},
        {"u": -0.1},
        {"u": 2**60 + 1},
        {"u": ""},
        {"u": []},
        {"u": [None, True, False]},
        {"u": {"__is": "null"}},
        {"r": {"__is": None}},
        {"r": {"__is": -(2**63)}},
        {"one": "true"},
        {"one": "\ra\rb\r\nc\n\x00"},
        {"u": "\r", "__is": "\x00", "a___n__": [["\r", "\r\n"]]},
        {"m": [{"key": "", "value": []}, {"key": "a.b", "value": [{"key": "\n", "value": None}]}]},
    ],
)
def test_nasty_names_and_unions(changes: Any):
    answer = {"__is": None, "a___n__": [], "u": None, "r": None, "nothing": None, "one": " x ", "m": [], **changes}
    assert OF_NASTY.check(answer) == ()
    assert came_back(OF_NASTY, answer) == answer


def _answers(folder: Path) -> list[Any]:
    rows = (json.loads(line) for path in folder.glob("*.jsonl") for line in path.read_text().splitlines())
    return [row.get("answer") or row.get("expected") for row in rows]


@pytest.mark.parametrize("task", ["ticket-triage", "ticket-routing", "invoice-extraction", "order-parsing"])
def test_shipped_tasks(task: str):
    of = contract.parse(Path(f"schemas/{task}.avsc").read_text(), f"{task}.avsc")
    whole = [answer for answer in _answers(Path("tasks") / task) if not of.check(answer)]
    assert len(whole) > 20
    for answer in whole[:40]:
        assert came_back(of, answer) == answer


def test_values_that_were_retrieved():
    shape = narrowed.narrow(OF_NASTY.shape, place.parse("$.one"), ["a\r\nb", "c", "\x00"])
    for value in ("a\r\nb", "c", "\x00"):
        form = forms.build(shape, {"one": value})
        one = next(field for field in form.fields if field.path == "$.one")
        assert (one.kind, one.options) == ("choice", ("\x00", "a\r\nb", "c"))
        assert forms.read(shape, browser.post(form))[0]["one"] == value


posted_names = st.lists(
    st.sampled_from(["answer", "__is", "u", "m", "0", "1", "00", "-1", "9" * 40, "key", "value", "", "__object", "add"])
    | st.text(max_size=3),
    max_size=6,
).map(".".join)


@hypothesis.given(
    st.dictionaries(
        st.sampled_from(["add", "remove"]) | posted_names | posted_names.map(lambda name: f"answer.{name}"),
        st.lists(st.sampled_from(["null", "string", "array", "object", "1e999", "1,5", "", "9" * 5000]) | posted_names),
        max_size=8,
    )
)
def test_whatever_is_posted_is_read(posted: dict[str, list[str]]):
    answer, problems = forms.read(OF_NASTY.shape, posted)
    assert isinstance(answer, dict)
    json.dumps(answer)
    assert all(each.path.startswith("$") for each in problems)
    OF_NASTY.check(answer)
    forms.typed(OF_NASTY.shape, posted)


def test_a_hostile_form_is_read_in_time_with_its_length():
    deep = {"answer" + ".0" * 1999: ["x"], "answer.m" + ".0.value" * 400: ["x"], "answer." + "a" * 10**6: ["x"]}
    deep |= {"answer.u" + ".0" * 10**6: ["x"], "answer.m.0" + ".value" * 10**5: ["x"], "." * 10**6: ["x"]}
    wide = {f"answer.a_-_-_n_-_.{number}.{number}": ["x"] for number in range(5000)}

    answer, problems = forms.read(OF_NASTY.shape, {**deep, **wide})

    assert len(answer["a___n__"]) == forms.ITEMS_LIMIT
    assert [each.path for each in problems] == ["$.a___n__", "$.u"]
