"""A posted form: what each text means, and what is told where it means nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processor.core.contracts import contract
from processor.review import forms
from tests.unit.review.forms import browser

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
LINES = {
    "type": "array",
    "items": {
        "type": "record",
        "name": "Line",
        "fields": [{"name": "sku", "type": "string"}, {"name": "urgent", "type": "boolean"}],
    },
}


def shape(type_: Any) -> Any:
    field = {"name": "a", "type": type_}
    return contract.parse(json.dumps({"type": "record", "name": "R", "fields": [field]}), "r.avsc").shape


def read(type_: Any, **posted: str) -> tuple[Any, list[str]]:
    """The answer, and the paths of its problems; `__` is a dot."""
    given = {name.replace("__", "."): [text] for name, text in posted.items()}
    answer, problems = forms.read(shape(type_), given)
    return answer, [f"{each.path} {each.message}" for each in problems]


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("long", " 9007199254740993 ", 9007199254740993),
        ("long", "+7", 7),
        ("long", "-7.0", -7),
        ("double", "1e-9", 1e-9),
        ("double", ".5", 0.5),
        ("double", "9007199254740993", 9007199254740993),
        (DECIMAL, " 12.50 ", "12.50"),
        ({"type": "int", "logicalType": "date"}, " 2026-01-31", "2026-01-31"),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("string", " a\r\nb\rc\n ", " a\nb\nc\n "),
        ("string", "", ""),
        ({"type": "enum", "name": "E", "symbols": ["a", "b"]}, "b", "b"),
        ({"type": "enum", "name": "E", "symbols": ["a", "b"]}, "c", "c"),
        (["null", "string"], "", ""),
        (["null", "long"], "7", 7),
    ],
)
def test_what_a_text_means(type_: Any, text: str, value: Any):
    answer, problems = read(type_, answer__a=text)
    assert (answer, problems) == ({"a": value}, [])
    assert type(answer["a"]) is type(value)


@pytest.mark.parametrize(
    ("type_", "text", "problem"),
    [
        ("long", "abc", "Is no whole number."),
        ("long", "1.5", "Is no whole number."),
        ("long", "1e3", "Is no whole number."),
        ("long", "٣", "Is no whole number."),
        ("long", " ", "Nothing is written here."),
        ("long", "1,000", "Write decimals with a point, and thousands without a comma."),
        ("long", "9" * 401, "Has more than 400 characters."),
        ("double", "NaN", "Is no number."),
        ("double", "1e999", "Is too large a number."),
        ("double", "12,5", "Write decimals with a point, and thousands without a comma."),
        (DECIMAL, "12,50", "Write decimals with a point, and thousands without a comma."),
        ("boolean", "", "Choose true or false."),
        ("boolean", "on", "Choose true or false."),
        ({"type": "enum", "name": "E", "symbols": ["a", "b"]}, "", "Nothing is chosen."),
    ],
)
def test_what_means_nothing_is_kept_and_told(type_: Any, text: str, problem: str):
    assert read(type_, answer__a=text) == ({"a": text}, [f"$.a {problem}"])
    form = forms.typed(shape(type_), {"answer.a": [text]})
    assert [each.message for each in form.fields[0].violations] == [problem]
    assert form.fields[0].kind == "boolean" or form.fields[0].value == text


def test_null_is_chosen():
    assert forms.read(shape(["null", "string"]), {"answer.a": [""], "answer.a.__is": ["null"]})[0] == {"a": None}
    assert forms.read(shape(["null", "boolean"]), {"answer.a": ["true"], "answer.a.__is": ["null"]})[0] == {"a": None}


def test_what_is_written_is_not_lost_to_null():
    answer, [problem] = forms.read(shape(["null", "string"]), {"answer.a": ["typed"], "answer.a.__is": ["null"]})
    assert answer == {"a": "typed"}
    assert problem.message == "Something is written here, and null is chosen: empty it, or choose it."


def test_the_last_of_several_texts_counts():
    assert forms.read(shape("boolean"), {"answer.a": ["", "true"]}) == ({"a": True}, ())
    assert forms.read(shape("boolean"), {"answer.a": []}) == ({}, ())


def test_what_was_not_posted_is_not_in_the_answer():
    assert read("string") == ({}, [])
    assert read(LINES) == ({}, [])
    assert read(LINES, answer__a="0") == ({"a": []}, [])
    assert read(["null", "string"]) == ({}, [])
    assert read(["null", "int", "string"]) == ({}, [])


@pytest.mark.parametrize(("chosen", "value"), [("string", "7"), ("number", 8), ("null", None)])
def test_a_union_has_the_value_of_its_chosen_branch(chosen: str, value: Any):
    posted = {"answer.a.__is": [chosen], "answer.a.__string": ["7"], "answer.a.__number": ["8"]}
    assert forms.read(shape(["null", "int", "string"]), posted) == ({"a": value}, ())


@pytest.mark.parametrize("chosen", [[], ["array"], [""]])
def test_a_union_of_no_branch(chosen: list[str]):
    posted = {"answer.a.__is": chosen, "answer.a.__string": ["7"]}
    answer, [problem] = forms.read(shape(["null", "int", "string"]), posted)
    assert (answer, problem.path, problem.message) == ({"a": None}, "$.a", "Say which kind of value it is.")


def rows(*numbered: tuple[int, str]) -> dict[str, list[str]]:
    items = {f"answer.a.{number}.sku": [sku] for number, sku in numbered}
    return {"answer.a": ["2"], **items, **{f"answer.a.{number}.urgent": ["true"] for number, _ in numbered}}


def skus(posted: Any) -> list[Any]:
    return [line.get("sku") for line in forms.read(shape(LINES), posted)[0]["a"]]


def test_items_come_in_the_order_of_their_numbers_with_gaps():
    assert skus(rows((10, "c"), (2, "b"), (0, "a"))) == ["a", "b", "c"]


def test_problems_are_at_the_item_as_it_is_shown_again():
    posted = {"answer.a": ["1"], "answer.a.7.sku": ["x"], "answer.a.7.urgent": [""]}
    _, [problem] = forms.read(shape(LINES), posted)
    assert problem.path == "$.a[0].urgent"


@pytest.mark.parametrize(
    ("button", "left"),
    [
        ({"add": ["answer.a"]}, ["a", "b", None]),
        ({"remove": ["answer.a.0"]}, ["b"]),
        ({"remove": ["answer.a.1"]}, ["a", "c"]),
        ({"remove": ["answer.a"]}, None),
        ({"remove": [""]}, ["a", "b"]),
        ({"add": ["answer.b"]}, ["a", "b"]),
    ],
)
def test_items_are_added_and_removed_without_script(button: dict[str, list[str]], left: list[Any] | None):
    given = rows((0, "a"), (1, "b"), *([(10, "c")] if left == ["a", "c"] else []))
    posted = {**given, **button}
    assert forms.asks_for_form(posted)
    assert not forms.asks_for_form(given)
    if left is None:
        assert forms.read(shape(LINES), posted) == ({}, ())
    else:
        assert skus(posted) == left


def test_an_item_is_added_to_an_empty_list_and_shown():
    form = forms.typed(shape(LINES), {"answer.a": ["0"], "add": ["answer.a"]})
    assert [each.name for each in form.fields[0].fields] == ["answer.a.0"]


def test_what_a_form_cannot_show_is_not_cut_away():
    form = forms.build(shape({"type": "array", "items": "int"}), {"a": list(range(1500))})
    answer, [problem] = forms.read(shape({"type": "array", "items": "int"}), browser.post(form))
    assert len(answer["a"]) == forms.ITEMS_LIMIT
    assert problem.message == "A form holds at most 1000 items, and here are 1500."


WAS = '"a\\rb\\u0000"'


@pytest.mark.parametrize(
    ("text", "was", "value"),
    [
        ("a\r\nb\ufffd", WAS, "a\rb\x00"),
        ("a\r\nb", WAS, "a\nb"),
        ("", WAS, ""),
        ("a", '"a', "a"),
        ("a", "[" * 100_000, "a"),
        ("7", "7", "7"),
    ],
)
def test_what_a_browser_changed_by_itself_is_as_it_was(text: str, was: str, value: str):
    assert forms.read(shape("string"), {"answer.a": [text], "answer.a.__was": [was]}) == ({"a": value}, ())


def test_a_text_that_no_form_can_carry_keeps_what_it_was_for_as_long_as_it_is_not_changed():
    posted = {"answer.a": ["a\r\nb\ufffd"], "answer.a.__was": [WAS]}
    [field] = forms.typed(shape("string"), posted).fields
    assert (field.value, field.was) == ("a\rb\x00", WAS)
    [field] = forms.typed(shape("string"), {**posted, "answer.a": ["a\r\nb"]}).fields
    assert (field.value, field.was) == ("a\nb", "")


def test_an_item_that_is_moved_keeps_what_its_text_was():
    given = browser.post(forms.build(shape({"type": "array", "items": "string"}), {"a": ["x\ry", "x\ny"]}))
    moved = {name.translate({48: 49, 49: 48}): texts for name, texts in given.items()}
    moved["answer.a"] = ["2"]
    assert forms.read(shape({"type": "array", "items": "string"}), moved)[0] == {"a": ["x\ny", "x\ry"]}
