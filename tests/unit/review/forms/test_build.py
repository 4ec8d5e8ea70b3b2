"""The form of a contract: every type a control, whatever the model said shown in it, violations beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from processor.core.contracts import contract
from processor.core.records import Violation
from processor.review import forms

if TYPE_CHECKING:
    from processor.review.forms import Field

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
LINE = {
    "type": "record",
    "name": "Line",
    "doc": "One item.",
    "fields": [{"name": "sku", "type": "string", "doc": "As printed."}, {"name": "quantity", "type": "int"}],
}


def a_contract(type_: Any, **more: Any) -> contract.Contract:
    field = {"name": "orderNumber_AB", "type": type_, **more}
    return contract.parse(json.dumps({"type": "record", "name": "R", "fields": [field]}), "r.avsc")


def build(type_: Any, answer: Any = ..., violations: Any = (), **more: Any) -> Field:
    """The field of the only member."""
    whole = None if answer is ... else {"orderNumber_AB": answer}
    [field] = forms.build(a_contract(type_, **more).shape, whole, violations).fields
    return field


@pytest.mark.parametrize(
    ("type_", "answer", "kind", "value"),
    [
        ("string", "a\r\n<b>", "long_text", "a\r\n<b>"),
        ({"type": "string", "maxLength": 20}, "ab", "text", "ab"),
        ({"type": "string", "maxLength": 20}, "a\nb", "long_text", "a\nb"),
        ({"type": "string", "maxLength": 20}, "a" * 101, "long_text", "a" * 101),
        ({"type": "string", "maxLength": 200}, "a", "long_text", "a"),
        ({"type": "enum", "name": "E", "symbols": ["a", "b"]}, "b", "choice", "b"),
        ({"type": "enum", "name": "E", "symbols": ["a", "b"]}, "c", "choice", "c"),
        ("boolean", True, "boolean", "true"),
        ("boolean", "maybe", "boolean", ""),
        ("long", 2**60 + 1, "integer", "1152921504606846977"),
        ("long", 1e18, "integer", "1000000000000000000"),
        ("long", 1.5, "integer", "1.5"),
        ("long", "many", "integer", "many"),
        ("double", 0.1, "number", "0.1"),
        ("double", 1e-9, "number", "1e-09"),
        ("double", [1, {"a": "ü"}], "number", '[1, {"a": "ü"}]'),
        (DECIMAL, "12.50", "decimal", "12.50"),
        (DECIMAL, 12.5, "decimal", "12.5"),
        ({"type": "int", "logicalType": "date"}, "2026-01-31", "date", "2026-01-31"),
        ({"type": "long", "logicalType": "timestamp-millis"}, "yesterday", "time", "yesterday"),
        ({"type": "string", "logicalType": "uuid"}, None, "uuid", ""),
        (["null"], None, "null", ""),
        (LINE, "a chair", "record", "a chair"),
        ({"type": "array", "items": "int"}, "a chair", "list", "a chair"),
        ({"type": "array", "items": "int"}, [1, 2], "list", "2"),
        ({"type": "map", "values": "int"}, [], "map", "0"),
    ],
)
def test_every_type_has_its_control(type_: Any, answer: Any, kind: str, value: str):
    field = build(type_, answer)
    assert (field.kind, field.value, field.nullable) == (kind, value, False)
    assert (field.name, field.path, field.label) == ("answer.orderNumber_AB", "$.orderNumber_AB", "Order number AB")


@pytest.mark.parametrize(
    ("type_", "limits", "expected"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 9}, {"minlength": "2", "maxlength": "9"}, "characters"),
        ({"type": "string", "pattern": "^[a-z]{2}$"}, {"pattern": "[a-z]{2}"}, "text that matches"),
        ({"type": "int", "minimum": 1}, {"min": "1", "step": "1"}, "a whole number of at least 1"),
        ({"type": "double", "maximum": 0.5}, {"max": "0.5", "step": "any"}, "a number of at most 0.5"),
        (DECIMAL, {"pattern": "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?"}, "a decimal number with at most 4 digits"),
        ({"type": "array", "items": "int", "maxItems": 3}, {"max": "3"}, "a list of at most 3 items"),
        (["null", "boolean"], {}, "true or false or null"),
    ],
)
def test_limits(type_: Any, limits: dict[str, str], expected: str):
    field = build(type_, None)
    assert field.limits == limits
    assert expected in field.expected


@pytest.mark.parametrize(
    ("answer", "is_null", "value", "chosen"),
    [
        (..., True, "", "null"),
        (None, True, "", "null"),
        ("", False, "", ""),
        ("a", False, "a", ""),
        (3, False, "3", ""),
    ],
)
def test_what_may_be_null(answer: Any, is_null: bool, value: str, chosen: str):
    field = build(["null", "string"], answer)
    assert (field.kind, field.nullable, field.branch) == ("long_text", True, "string")
    assert (field.is_null, field.value, field.chosen) == (is_null, value, chosen)


@pytest.mark.parametrize(
    ("answer", "chosen", "is_null"),
    [(1, "number", False), ("a", "string", False), (None, "null", True), ({}, "number", False), (..., "null", True)],
)
def test_a_union_has_a_field_for_each_branch(answer: Any, chosen: str, is_null: bool):
    field = build(["null", "int", "string"], answer)
    assert (field.kind, field.nullable, field.is_null, field.chosen) == ("union", True, is_null, chosen)
    assert [(each.branch, each.kind, each.path) for each in field.fields] == [
        ("number", "integer", "$.orderNumber_AB"),
        ("string", "long_text", "$.orderNumber_AB"),
    ]
    assert [each.name for each in field.fields] == [
        "answer.orderNumber_AB.__number",
        "answer.orderNumber_AB.__string",
    ]
    shown = {"number": "1", "string": "a"}.get(chosen, "") if not isinstance(answer, dict) else "{}"
    assert [each.value for each in field.fields if each.branch == chosen] == ([shown] if chosen != "null" else [])


def test_items_and_one_to_be_added():
    field = build({"type": "array", "items": LINE}, [{"sku": "A"}, "a chair", {"sku": "C", "more": 1}])
    assert [each.path for each in field.fields] == [f"$.orderNumber_AB[{number}]" for number in range(3)]
    assert [each.fields[0].value for each in field.fields] == ["A", "", "C"]
    assert field.fields[1].value == "a chair"
    assert [(each.label, each.doc, each.fields[0].doc) for each in field.fields][:2] == [
        ("Item 1", "One item.", "As printed."),
        ("Item 2", "One item.", "As printed."),
    ]
    assert field.blank is not None
    assert [each.name for each in field.blank.fields] == [
        "answer.orderNumber_AB.__n__.sku",
        "answer.orderNumber_AB.__n__.quantity",
    ]


@pytest.mark.parametrize("answer", [[{"key": "a", "value": 1}], {"a": 1}])
def test_a_map_is_shown_as_pairs_however_the_model_wrote_it(answer: Any):
    [entry] = build({"type": "map", "values": "int"}, answer).fields
    assert [(each.name.rpartition(".")[2], each.value) for each in entry.fields] == [("key", "a"), ("value", "1")]


def test_a_long_list_is_cut_and_says_how_long_it_is():
    field = build({"type": "array", "items": "int"}, list(range(1500)))
    assert (len(field.fields), field.value) == (forms.ITEMS_LIMIT, "1500")


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("$.orderNumber_AB[1].sku", "$.orderNumber_AB[1].sku"),
        ("$.orderNumber_AB[1]", "$.orderNumber_AB[1]"),
        ("$.orderNumber_AB[1].sku.deeper[3]", "$.orderNumber_AB[1].sku"),
        ("$.orderNumber_AB[7].sku", "$.orderNumber_AB"),
        ("$.orderNumber_AB", "$.orderNumber_AB"),
        ("$.orderNumber", "$"),
        ('$["or der"]', "$"),
        ("$", "$"),
        ("", "$"),
        ("no path", "$"),
        ("$[" * 5000, "$"),
    ],
)
def test_violations_are_at_their_field_or_above(path: str, at: str):
    given = Violation(path, "r", "No.")
    shape = a_contract({"type": "array", "items": LINE}).shape
    form = forms.build(shape, {"orderNumber_AB": [{"sku": "A"}, {"sku": "B"}]}, [given])
    assert list(_told(form)) == [(at, given)]


def _told(field: Field) -> Any:
    yield from ((field.path, each) for each in field.violations)
    for each in field.fields:
        yield from _told(each)


@pytest.mark.parametrize("answer", [None, "text", 3, [], [{}], {"reason": 3}, {"lines": {"a": [None]}}, True])
def test_any_answer_has_a_form(answer: Any):
    for path in Path("schemas").glob("*-*.avsc"):
        of = contract.parse(path.read_text(), path.name)
        form = forms.build(of.shape, answer, of.check(answer))
        assert (form.name, form.path, form.kind, form.label) == ("answer", "$", "record", "Answer")
        assert len(list(_told(form))) == len(of.check(answer))
