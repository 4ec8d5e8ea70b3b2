"""Answers held against labels, place by place."""

import json
from pathlib import Path
from typing import Any

import pytest

from processor.adapters.project import Project
from processor.checking import labelled
from processor.core import comparing, errors
from processor.measure.scoring import Scorer
from tests import builders

ROOT = Path(__file__).parents[4]

SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Order",
        "namespace": "test",
        "fields": [
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["order", "quote"]}},
            {"name": "note", "type": ["null", "string"]},
            {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
            {"name": "share", "type": "float"},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
            {"name": "counts", "type": {"type": "map", "values": "int"}},
            {
                "name": "customer",
                "type": [
                    "null",
                    {
                        "type": "record",
                        "name": "Customer",
                        "fields": [{"name": "name", "type": "string"}, {"name": "vip", "type": "boolean"}],
                    },
                ],
            },
            {
                "name": "lines",
                "type": {
                    "type": "array",
                    "items": {
                        "type": "record",
                        "name": "Line",
                        "fields": [
                            {"name": "sku", "type": "string", "pattern": "^[A-Z]{2}$"},
                            {"name": "count", "type": "int"},
                        ],
                    },
                },
            },
        ],
    }
)
NO_CLASS = '{"type": "record", "name": "Note", "fields": [{"name": "note", "type": "string"}]}'
WHOLE: dict[str, Any] = {
    "kind": "order",
    "note": "Please call first.",
    "total": "12.5",
    "day": "2026-01-31",
    "share": 0.1,
    "tags": ["a", "b"],
    "counts": [{"key": "x", "value": 1}, {"key": "y", "value": 2}],
    "customer": {"name": "Ann", "vip": True},
    "lines": [{"sku": "AA", "count": 1}, {"sku": "BB", "count": 2}],
}
PLACES = {
    *("$.kind", "$.note", "$.total", "$.day", "$.share", "$.tags", "$.counts", "$.counts[*].value"),
    *("$.customer.name", "$.customer.vip", "$.lines", "$.lines[*].sku", "$.lines[*].count"),
}


def task(measure=""):
    return builders.a_task(schema=SCHEMA, definition=f"{builders.DEFINITION}\n{measure}")


def wrong(expected, answer, measure=""):
    return {path for path, right in Scorer(task(measure)).score(expected, answer).fields.items() if not right}


def test_an_answer_is_right_where_it_says_the_same_typed_or_not():
    contract = task().contract
    assert Scorer(task()).score(WHOLE, WHOLE).fields == dict.fromkeys(PLACES, True)
    assert Scorer(task()).score(WHOLE, contract.convert(WHOLE)).fields == dict.fromkeys(PLACES, True)


@pytest.mark.parametrize("answer", [None, {}])
def test_no_answer_has_every_labelled_place_wrong(answer):
    assert wrong(WHOLE, answer) == PLACES


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"kind": "quote"}, {"$.kind"}),
        ({"note": "  please CALL  first"}, set()),
        ({"note": "Please call."}, {"$.note"}),
        ({"note": None}, {"$.note"}),
        ({"total": "12.50"}, set()),
        ({"total": 12.5}, set()),
        ({"total": "12.51"}, {"$.total"}),
        ({"total": True}, {"$.total"}),
        ({"day": "2026-02-01"}, {"$.day"}),
        ({"day": None}, {"$.day"}),
        ({"share": 0.1000000001}, set()),
        ({"share": 0.11}, {"$.share"}),
        ({"tags": ["b", "a"]}, {"$.tags"}),
        ({"tags": ["a"]}, {"$.tags"}),
        ({"tags": "a"}, {"$.tags"}),
        ({"counts": [{"key": "y", "value": 2}, {"key": "x", "value": 1}]}, set()),
        ({"counts": [{"key": "x", "value": 1}, {"key": "y", "value": 3}]}, {"$.counts[*].value"}),
        ({"counts": {"x": 1}}, {"$.counts", "$.counts[*].value"}),
        ({"counts": {"X": 1, "y": 2}}, {"$.counts", "$.counts[*].value"}),
        ({"customer": {"name": "Bob", "vip": True}}, {"$.customer.name"}),
        ({"customer": {"name": "Ann", "vip": 1}}, {"$.customer.vip"}),
        ({"customer": None}, {"$.customer.name", "$.customer.vip"}),
        ({"lines": WHOLE["lines"][::-1]}, {"$.lines[*].sku", "$.lines[*].count"}),
        ({"lines": [{"sku": "AA", "count": 1}, {"sku": "BB", "count": 3}]}, {"$.lines[*].count"}),
        ({"lines": [*WHOLE["lines"], {"sku": "CC", "count": 1}]}, {"$.lines"}),
        ({"lines": WHOLE["lines"][:1]}, {"$.lines", "$.lines[*].sku", "$.lines[*].count"}),
        ({"more": 1}, set()),
    ],
)
def test_places_are_compared_by_their_type(changes, places):
    assert wrong(WHOLE, {**WHOLE, **changes}) == places


@pytest.mark.parametrize(
    ("label", "answer", "fields"),
    [
        ({"note": 5}, {"note": 5}, {"$.note": True}),
        ({"note": 5}, {"note": 6}, {"$.note": False}),
        ({"note": 5}, {}, {"$.note": False}),
        ({"odd": 1}, {"odd": 1}, {"$.odd": True}),
        ({"odd": 1}, {"odd": 2}, {"$.odd": False}),
        ({"odd": None}, {}, {"$.odd": False}),
        ({"lines": "AA"}, {"lines": "AA"}, {"$.lines": True}),
        ({"lines": "AA"}, {"lines": []}, {"$.lines": False}),
        ({"customer": "Ann"}, {"customer": "Ann"}, {"$.customer": True}),
        ({"customer": "Ann"}, {"customer": {"name": "Ann"}}, {"$.customer": False}),
        ({"customer": {"name": "Ann"}}, {"customer": "Ann"}, {"$.customer.name": False}),
    ],
)
def test_what_breaks_the_contract_is_right_where_it_is_the_same(label, answer, fields):
    assert Scorer(task()).score(label, answer).fields == fields


def test_what_the_label_lacks_is_not_compared():
    scorer = Scorer(task())
    partial = {"kind": "order", "customer": {"vip": True}, "lines": [{"sku": "AA"}]}
    assert scorer.score(partial, {**WHOLE, "lines": WHOLE["lines"][:1]}).fields == dict.fromkeys(
        ("$.kind", "$.customer.vip", "$.lines", "$.lines[*].sku"), True
    )
    assert wrong({"customer": None}, WHOLE) == {"$.customer"}


@pytest.mark.parametrize(
    ("measure", "changes", "places"),
    [
        ('"$.note" = "ignore"', {"note": "another"}, set()),
        ('"$.note" = "exact"', {"note": "please call first"}, {"$.note"}),
        ('"$.note" = "presence"', {"note": "another"}, set()),
        ('"$.note" = "presence"', {"note": " "}, {"$.note"}),
        ('"$.total" = { kind = "number", tolerance = 0.01 }', {"total": "12.51"}, set()),
        ('"$.total" = { kind = "number", tolerance = 0.01 }', {"total": "12.52"}, {"$.total"}),
        ('"$.total" = { kind = "number", relative = 0.1 }', {"total": "13.8"}, set()),
        ('"$.total" = { kind = "number", relative = 0.1 }', {"total": "14"}, {"$.total"}),
        ('"$.day" = { kind = "date", days = 1 }', {"day": "2026-02-01"}, set()),
        ('"$.day" = { kind = "date", days = 1 }', {"day": "2026-02-02"}, {"$.day"}),
        ('"$.tags" = "set"', {"tags": ["b", "A"]}, set()),
        ('"$.tags" = "set"', {"tags": ["a", "b", "b"]}, {"$.tags"}),
        ('"$.tags" = { kind = "set", overlap = "jaccard", at_least = 0.5 }', {"tags": ["a"]}, set()),
        ('"$.tags" = { kind = "set", overlap = "jaccard", at_least = 0.5 }', {"tags": ["a", "c"]}, {"$.tags"}),
        ('"$.tags" = { kind = "set", overlap = "f1", at_least = 0.5 }', {"tags": ["a", "c"]}, set()),
        ('"$.tags[*]" = "exact"', {"tags": ["a", "B"]}, {"$.tags"}),
        ('"$.lines" = "set"', {"lines": WHOLE["lines"][::-1]}, set()),
        ('"$.lines" = { kind = "set", by = ["sku"] }', {"lines": WHOLE["lines"][::-1]}, set()),
        (
            '"$.lines" = { kind = "set", by = ["sku"] }',
            {"lines": [{"sku": "BB", "count": 5}, {"sku": "AA", "count": 1}]},
            {"$.lines[*].count"},
        ),
        (
            '"$.lines" = { kind = "set", by = ["sku"] }',
            {"lines": [{"sku": "AA", "count": 1}, {"sku": "CC", "count": 2}]},
            {"$.lines", "$.lines[*].count"},
        ),
        (
            '"$.lines" = { kind = "set", by = ["sku"], overlap = "f1", at_least = 0.5 }',
            {"lines": [{"sku": "AA", "count": 1}]},
            set(),
        ),
        ('"$.customer" = "ignore"', {"customer": None}, set()),
        ('"$.customer" = "exact"', {"customer": {"name": "ann", "vip": True}}, {"$.customer"}),
        (
            '"$.lines[*].count" = { kind = "number", tolerance = 1 }',
            {"lines": [*WHOLE["lines"][:1], {"sku": "BB", "count": 3}]},
            set(),
        ),
    ],
)  # fmt: skip
def test_a_task_says_how_places_are_compared(measure, changes, places):
    measure = f"[measure.compare]\n{measure}"
    assert wrong(WHOLE, WHOLE, measure) == set()
    assert wrong(WHOLE, {**WHOLE, **changes}, measure) == places


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ('[measure.compare]\n"$.nope" = "exact"', "task.toml:{line}: measure.compare: the answer has no place $.nope"),
        ('[measure.compare]\n"nope" = "exact"', "{line}: measure.compare: nope is no place of an answer"),
        ('[measure.compare]\n"$.kind" = "number"', '{line}: measure.compare: kind = "number" does not fit $.kind'),
        ('[measure.compare]\n"$.counts" = "list"', '{line}: measure.compare: kind = "list" does not fit $.counts'),
        ('[measure.compare]\n"$.lines" = { kind = "set", by = ["skus"] }', "no field `skus`: did you mean sku?"),
        ('[measure.compare]\n"$.tags" = { kind = "set", by = ["sku"] }', "no field `sku`: there is none"),
        ('[measure.compare]\n"$.tags" = { kind = "set", days = 1 }', '`days` is for kind = "date"'),
        ('[measure.compare]\n"$.tags" = { kind = "set", overlap = "f1" }', "`at_least` goes with"),
        ('[measure.compare]\n"$.tags" = { kind = "set", at_least = 0.5 }', "`at_least` goes with"),
        ('[measure.compare]\n"$.tags" = "sets"', "{line}: measure.compare.$.tags.kind: "),
        ('[measure]\nclass = "$.nope"', "{line}: measure.class: the answer has no place $.nope"),
        ('[measure]\nclass = "$.lines[*].sku"', "measure.class: $.lines[*].sku holds no text, enum or boolean"),
        ('[measure]\nclass = "$.total"', "measure.class: $.total holds no text, enum or boolean"),
        ('[measure]\nclas = "$.kind"', "did you mean `class`?"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_told_with_its_line(measure, told):
    with pytest.raises(errors.DefinitionError) as raised:
        task(measure)
    assert told.format(line=len(f"{builders.DEFINITION}\n{measure}".splitlines())) in str(raised.value)


def test_the_class_is_the_first_enum_or_what_the_task_says():
    assert Scorer(task()).class_of(WHOLE) == "order"
    assert Scorer(task()).class_of({}) == ""
    assert Scorer(builders.a_task(schema=NO_CLASS)).class_of({"note": "n"}) == ""
    assert Scorer(task('[measure]\nclass = "$.customer.vip"')).class_of(WHOLE) == "true"
    assert Scorer(task('[measure]\nclass = "$.note"')).class_of({"note": None}) == "null"


@pytest.mark.parametrize(
    ("measure", "step", "expected"),
    [
        ('[measure]\nclass = "$.note"', 'field = "$.share"', "$.note"),
        ("", 'field = "$.note"', "$.note"),
        ("", "", "$.kind"),
    ],
)
def test_the_class_is_what_measure_says_else_a_steps_field_else_the_first_enum(measure, step, expected):
    made = task(f'[[step]]\nprompt = "prompt.md"\n{step}\n{measure}')
    assert comparing.class_place(made.definition, made.contract) == expected
    assert Scorer(made).class_of({"note": "n", "kind": "order"}) == {"$.note": "n", "$.kind": "order"}[expected]


def test_labels_agree_where_they_say_the_same_of_what_both_say():
    scorer = Scorer(task())
    assert scorer.agree({"kind": "order", "note": "x"}, {"kind": "order", "day": None})
    assert not scorer.agree({"kind": "order"}, {"kind": "quote"})


@pytest.mark.parametrize("name", Project(ROOT).names())
def test_every_shipped_label_is_right_against_itself_and_none_is_against_no_answer(name):
    found = Project(ROOT).load(name)
    scorer = Scorer(found)
    for case in labelled.read(ROOT, name):
        if case.breaks is None:
            score = scorer.score(case.answer, case.answer)
            assert score.fields
            assert score.right, case.id
            assert scorer.score(case.answer, None).fields == dict.fromkeys(score.fields, False)
            if not found.contract.check(case.answer):
                assert scorer.score(case.answer, found.contract.convert(case.answer)).right, case.id
