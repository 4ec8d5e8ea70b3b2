"""What an answer schema gives: the model's JSON Schema, the check of an answer, the typed answer."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from processor.core.contracts import contract, json_schema

SCHEMA = """{
  "type": "record", "name": "Order", "namespace": "acme", "doc": "An order.",
  "fields": [
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["new", "change"]}, "doc": "What for."},
    {"name": "count", "type": "int", "minimum": 1, "maximum": 5},
    {"name": "weight", "type": "double", "minimum": 0},
    {"name": "rough", "type": "float"},
    {"name": "gift", "type": "boolean"},
    {"name": "note", "type": "string", "minLength": 1, "maxLength": 10},
    {"name": "code", "type": ["null", "string"], "pattern": "^KM-[0-9]{3}$", "default": null, "doc": "Its code."},
    {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "until", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}},
    {"name": "ref", "type": {"type": "string", "logicalType": "uuid"}},
    {"name": "lines", "maxItems": 2, "type": {"type": "array", "items": {
      "type": "record", "name": "Line", "doc": "A line.", "fields": [
        {"name": "quantity", "type": "long"},
        {"name": "kind", "type": "Kind"}
      ]}}}
  ]
}"""
GOOD: dict[str, Any] = {
    "kind": "new",
    "count": 2,
    "weight": 1,
    "rough": 0.1,
    "gift": False,
    "note": "hi",
    "code": None,
    "day": "2026-02-28",
    "at": "2026-02-28T10:00:00.123456+02:00",
    "until": None,
    "price": "12.5",
    "ref": "123e4567-e89b-12d3-a456-426614174000",
    "lines": [{"quantity": 1.0, "kind": "change"}],
}
ORDER = contract.parse(SCHEMA, "schemas/order.avsc")


def test_a_part_is_typed_as_far_as_it_fits():
    part = {"price": "12.5", "day": "soon", "unknown": 1, "lines": GOOD["lines"]}
    assert ORDER.convert_part(part) == {**part, "price": Decimal("12.50"), "lines": [{"quantity": 1, "kind": "change"}]}
    assert ORDER.convert_part(GOOD) == ORDER.convert(GOOD)


def test_json_schema_is_strict_and_described():
    schema = ORDER.json_schema

    assert ORDER.name == "acme.Order"
    assert schema["description"] == "An order."
    assert schema["required"] == list(schema["properties"]) == list(GOOD)
    assert schema["additionalProperties"] is False
    properties = schema["properties"]
    assert properties["kind"] == {"type": "string", "enum": ["new", "change"], "description": "What for."}
    assert properties["count"] == {"type": "integer", "minimum": 1, "maximum": 5}
    assert properties["weight"] == {"type": "number", "minimum": 0}
    assert properties["note"] == {"type": "string", "minLength": 1, "maxLength": 10}
    assert properties["code"] == {
        "anyOf": [{"type": "null"}, {"type": "string", "pattern": "^KM-[0-9]{3}$"}],
        "description": "Its code.",
    }
    assert properties["day"] == {"type": "string", "format": "date"}
    assert properties["at"] == {"type": "string", "format": "date-time"}
    assert properties["ref"] == {"type": "string", "format": "uuid"}
    assert properties["price"] == {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?$"}
    assert properties["lines"]["maxItems"] == 2
    assert properties["lines"]["items"]["description"] == "A line."
    assert properties["lines"]["items"]["required"] == ["quantity", "kind"]
    assert properties["lines"]["items"]["properties"]["kind"] == {"type": "string", "enum": ["new", "change"]}


def test_good_answer_becomes_typed():
    assert ORDER.check(GOOD) == ()
    assert ORDER.convert(GOOD) == {
        **GOOD,
        "weight": 1.0,
        "rough": pytest.approx(0.1),
        "day": dt.date(2026, 2, 28),
        "at": dt.datetime(2026, 2, 28, 8, 0, 0, 123000, tzinfo=dt.UTC),
        "price": Decimal("12.50"),
        "lines": [{"quantity": 1, "kind": "change"}],
    }


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"kind": "nwe"}, "$.kind", "enum", "Is not one of the allowed values (did you mean new?)."),
    ({"kind": None}, "$.kind", "type", "Must be one of new, change, not null."),
    ({"count": True}, "$.count", "type", "Must be a whole number from 1 to 5, not boolean."),
    ({"count": 1.5}, "$.count", "type", "Must be a whole number."),
    ({"count": 0}, "$.count", "minimum", "Must be at least 1."),
    ({"count": 6}, "$.count", "maximum", "Must be at most 5."),
    ({"count": 2**31}, "$.count", "range", "Must fit into 32 bits."),
    ({"count": float("inf")}, "$.count", "type", "Must be a whole number."),
    ({"weight": float("nan")}, "$.weight", "range", "Must be a finite number of 64 bits."),
    ({"weight": 10**400}, "$.weight", "range", "Must be a finite number of 64 bits."),
    ({"rough": 1e39}, "$.rough", "range", "Must be a finite number of 32 bits."),
    ({"rough": "1"}, "$.rough", "type", "Must be a number, not string."),
    ({"gift": 0}, "$.gift", "type", "Must be true or false, not number."),
    ({"note": ""}, "$.note", "minLength", "Must have at least 1 characters."),
    ({"note": "x" * 11}, "$.note", "maxLength", "Must have at most 10 characters, has 11."),
    ({"note": "\ud800"}, "$.note", "encoding", "Must be valid Unicode: it holds half a surrogate pair."),
    ({"code": "KM-12"}, "$.code", "pattern", "Must match ^KM-[0-9]{3}$."),
    ({"code": "KM-123\n"}, "$.code", "pattern", "Must match ^KM-[0-9]{3}$."),
    ({"day": "2026-02-29"}, "$.day", "format", "Is not a date."),
    ({"day": "20260228"}, "$.day", "format", "Is not a date."),
    ({"at": "2026-02-28T10:00:00"}, "$.at", "format", "Is not a date and time with its offset."),
    ({"until": "0001-01-01T00:00:00+10:00"}, "$.until", "format", "Is not a date and time with its offset."),
    ({"price": "12.345"}, "$.price", "format", "Is not such a decimal number."),
    ({"price": "1e2"}, "$.price", "format", "Is not such a decimal number."),
    ({"ref": "123"}, "$.ref", "format", "Is not a UUID."),
    ({"lines": {}}, "$.lines", "type", "Must be a list of at most 2 items, not object."),
    ({"lines": [GOOD["lines"][0]] * 3}, "$.lines", "maxItems", "Must have at most 2 items, has 3."),
    ({"lines": [{"quantity": 2**63, "kind": "new"}]}, "$.lines[0].quantity", "range", "Must fit into 64 bits."),
    ({"lines": [{"quantity": 1}]}, "$.lines[0].kind", "required", "Is missing."),
    ({"extra": 1}, "$.extra", "additional", "Is not a property of the answer."),
    ({"an extra": 1}, '$["an extra"]', "additional", "Is not a property of the answer."),
]


@pytest.mark.parametrize(
    ("change", "path", "rule", "message"), WRONG, ids=[f"{w[1]}-{w[2]}-{n}" for n, w in enumerate(WRONG)]
)
def test_violation_says_where_what_and_why(change: dict[str, Any], path: str, rule: str, message: str):
    found = ORDER.check({**GOOD, **change})

    assert [(v.path, v.rule, v.message) for v in found] == [(path, rule, message)]


@pytest.mark.parametrize("answer", [None, [], "text", 3, True])
def test_answer_that_is_no_object(answer: Any):
    assert [(v.path, v.rule) for v in ORDER.check(answer)] == [("$", "type")]


def test_violation_shows_what_was_found_and_what_is_expected():
    (found,) = ORDER.check({**GOOD, "count": 9})

    assert (found.found, found.expected) == ("9", "a whole number from 1 to 5")
    (long,) = ORDER.check({**GOOD, "code": "x" * 5000})
    assert len(long.found) == 200


def test_hostile_answer_gives_few_violations():
    found = ORDER.check({**GOOD, "lines": [{}] * 100_000, "x" * 10_000: 1})

    assert len(found) == contract.VIOLATIONS_LIMIT
    assert max(len(v.path) for v in found) < 100


@pytest.mark.parametrize(
    ("text", "written"), [("-0", "0.00"), ("-0.00", "0.00"), ("9999.99", "9999.99"), ("7", "7.00")]
)
def test_decimal_has_all_digits_of_its_scale(text: str, written: str):
    assert str(ORDER.convert({**GOOD, "price": text})["price"]) == written


def test_decimal_of_many_digits_is_exact():
    wide = contract.parse(
        json.dumps(
            {
                "type": "record",
                "name": "A",
                "fields": [
                    {"name": "x", "type": {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 37}}
                ],
            }
        ),
        "a.avsc",
    )
    text = "9." + "1234567890" * 3 + "1234567"

    assert wide.check({"x": text}) == ()
    assert wide.convert({"x": text})["x"] == Decimal(text)


def test_lengths_in_words_for_servers_that_refuse_them():
    nested = contract.parse(
        """{"type": "record", "name": "A", "fields": [{"name": "x", "type": ["null", {"type": "array", "items":
            {"type": "record", "name": "B", "fields": [{"name": "y", "type": "string", "minLength": 2}]}}]}]}""",
        "a.avsc",
    )
    for derived in (ORDER.json_schema, nested.json_schema):
        assert json_schema.has_lengths(derived)
        assert not json_schema.has_lengths(json_schema.without_lengths(derived))

    reworded = json_schema.without_lengths(ORDER.json_schema)
    assert reworded["properties"]["note"] == {"type": "string", "description": "Text from 1 to 10 characters."}
    assert {**reworded, "properties": 0} == {**ORDER.json_schema, "properties": 0}
