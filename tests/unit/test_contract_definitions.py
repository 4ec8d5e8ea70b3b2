"""Answer schemas that are refused: each with its line and what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processor.core import errors
from processor.core.contracts import contract

PATH = "schemas/a.avsc"


def parse(*fields: Any, **record: Any) -> contract.Contract:
    """A record with one field a line, from line 2 on."""
    head = json.dumps({"type": "record", "name": "A", "namespace": "acme", **record})[:-1]
    body = ",\n".join(field if isinstance(field, str) else json.dumps(field) for field in fields)
    return contract.parse(f'{head}, "fields": [\n{body}\n]}}', PATH)


def field(**properties: Any) -> dict[str, Any]:
    return {"name": "x", "type": "string", **properties}


GOOD_FIELD = {"name": "good", "type": "string"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "schemas/a.avsc:1: not JSON: "),
        ("", "schemas/a.avsc:1: not JSON: "),
        ('{\n"type": "record",\n"name": "A" "fields": []}', "schemas/a.avsc:3: not JSON: "),
        ("[]", "schemas/a.avsc:1: an answer schema is one Avro record"),
        ('"string"', "schemas/a.avsc:1: an answer schema is one Avro record"),
        ('{"type": "enum", "name": "A", "symbols": []}', "schemas/a.avsc:1: an answer schema is one Avro record"),
        ('{"type": "record", "fields": []}', "schemas/a.avsc:1: "),
        ('{"type": "record", "name": "A"}', "schemas/a.avsc:1: "),
        ('{"type": "record", "name": "A", "fields": []}', "schemas/a.avsc:1: the record A has no fields"),
        ('{"type": "record", "name": "A", "fields": [3]}', "schemas/a.avsc:1: a field must be an object"),
        ('{"type": "record", "name": "A b", "fields": []}', "schemas/a.avsc:1: "),
        ('{"type": "record", "name": "A",\n"doc": "x",\n"doc": "y"}', "schemas/a.avsc:1: the key `doc` stands twice"),
        ("[" * 100_000, "schemas/a.avsc: nested too deeply"),
    ],
)
def test_text_that_is_no_record(text: str, message: str):
    with pytest.raises(errors.DefinitionError) as caught:
        contract.parse(text, PATH)

    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (field(type="strin"), "field `x`: there is no type strin"),
        ({"name": "x"}, "field `x`: there is no type None"),
        (field(type={"type": "map", "values": "bytes"}), "field `x`: bytes are not supported"),
        (field(type={"type": "map", "values": "int"}, minLength=1), "field `x`: `minLength` does not fit the type map"),
        (field(type={"type": "map", "values": "int"}, default=[]), "field `x`: the default must be an object"),
        (field(type={"type": "map", "values": "int"}, default={"a": "1"}), "field `x`: the default must be an object"),
        (
            field(type=[{"type": "map", "values": "int"}, {"type": "array", "items": "int"}]),
            "field `x`: a union may hold one type of each JSON kind, and here two are a JSON array",
        ),
        (
            field(type=[{"type": "map", "values": "int"}, {"type": "record", "name": "R", "fields": [GOOD_FIELD]}]),
            "field `x`: a union of a record and a map",
        ),
        (field(type="bytes"), "field `x`: bytes are not supported"),
        (field(type={"type": "fixed", "name": "F", "size": 4}), "field `x`: fixed is not supported"),
        (field(type={"type": "int", "logicalType": "time-millis"}), "field `x`: times of day are not supported"),
        (field(type={"type": "int", "logicalType": "dat"}), "field `x`: Unknown dat, using int"),
        (field(type={"type": "string", "logicalType": "date"}), "field `x`: Logical type date requires"),
        (field(type="acme.A"), "field `x`: acme.A holds itself: recursive types are not supported"),
        (field(type=["string", {"type": "string", "logicalType": "uuid"}]), "field `x`: "),
        (field(type=["int", "double"]), "field `x`: a union may hold one type of each JSON kind"),
        (field(type=[]), "field `x`: the union has no types"),
        (field(type={"type": "enum", "name": "E", "symbols": []}), "field `x`: an enum needs 1 to 1000 symbols"),
        (field(type={"type": "enum", "name": "E", "symbols": ["a b"]}), "field `x`: "),
        (field(type={"type": "enum", "name": "AResult", "symbols": ["a"]}), "acme.AResult is what the record of"),
        (
            field(type={"type": "enum", "name": "E", "namespace": "untuned", "symbols": ["a"]}),
            "untuned.E: the namespace `untuned` is taken",
        ),
        (
            field(type={"type": "bytes", "logicalType": "decimal", "precision": 40, "scale": 2}),
            "field `x`: a decimal may have at most 38 digits",
        ),
        (field(maxlength=3), "field `x`: unknown property `maxlength`; did you mean `maxLength`?"),
        (
            field(type={"type": "string", "maxlen": 3}),
            "field `x`: unknown property `maxlen`; did you mean `maxLength`?",
        ),
        (field(minimum=3), "field `x`: `minimum` does not fit the type string, which takes minLength, maxLength, pat"),
        (field(type="int", pattern="^a$"), "field `x`: `pattern` does not fit the type int, which takes minimum, max"),
        (field(type="boolean", minimum=1), "field `x`: `minimum` does not fit the type boolean, which takes no checks"),
        (field(type=["null", "int"], minItems=1), "field `x`: `minItems` does not fit the type union, which takes min"),
        (field(minLength=-1), "field `x`: `minLength` must be a whole number that is not negative"),
        (field(maxLength="3"), "field `x`: `maxLength` must be a whole number that is not negative"),
        (field(minLength=True), "field `x`: `minLength` must be a whole number that is not negative"),
        (field(minLength=3, maxLength=2), "field `x`: `minLength` is larger than `maxLength`"),
        (field(type="int", minimum=3, maximum=2), "field `x`: `minimum` is larger than `maximum`"),
        (field(type="int", minimum=1.0), "field `x`: `minimum` must be a whole number that the type int can hold"),
        (field(type="int", maximum=2**31), "field `x`: `maximum` must be a whole number that the type int can hold"),
        (field(type="float", maximum=1e39), "field `x`: `maximum` must be a number that the type float can hold"),
        (field(type="double", maximum=None), "field `x`: `maximum` must be a number that the type double can hold"),
        (field(pattern=3), "field `x`: `pattern` must be a string"),
        (field(pattern="a"), "field `x`: `pattern`: a pattern describes the whole value"),
        (field(pattern="^(a+)+$"), "field `x`: `pattern`: it could take very long"),
        (field(type="int", default="1"), "field `x`: the default must be a whole number"),
        (field(type=["null", "string"], default="a"), "field `x`: the default must be of the union's first type: null"),
        (field(type="int", default=1.0), "field `x`: the default must be a whole number"),
        (field(doc=3), "field `x`: `doc` must be a string"),
    ],
)
def test_field_that_is_refused(bad: dict[str, Any], message: str):
    with pytest.raises(errors.DefinitionError) as caught:
        parse(GOOD_FIELD, bad)

    line = 1 if message.startswith(("acme.", "untuned.")) else 3
    assert str(caught.value).startswith(f"{PATH}:{line}: {message}")
    assert caught.value.line == line


def test_error_in_a_nested_record_names_its_line():
    nested = """{"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
        {"name": "a", "type": "string"},
        {"name": "b", "type": "strin"}
    ]}}}"""

    with pytest.raises(errors.DefinitionError, match="4: field `b`: there is no type strin"):
        parse(nested)
    with pytest.raises(errors.DefinitionError, match="4: field `b`: bytes are not supported"):
        parse(nested.replace('strin"}\n', 'bytes"}\n'))


def test_deep_nesting_is_refused():
    deep: Any = "string"
    for _ in range(12):
        deep = {"type": "array", "items": deep}

    with pytest.raises(errors.DefinitionError, match="more than 10 levels"):
        parse(field(type=deep))


def test_a_map_is_two_levels_in_the_answer():
    deep: Any = "string"
    for _ in range(5):
        deep = {"type": "map", "values": deep}

    with pytest.raises(errors.DefinitionError, match="more than 10 levels"):
        parse(field(type=deep))


def test_long_name_is_refused():
    with pytest.raises(errors.DefinitionError, match="at most 64 characters"):
        parse(GOOD_FIELD, name="A" * 65)


def test_checks_may_stand_inside_a_type_and_at_a_reused_one():
    parsed = parse(
        field(type={"type": "array", "items": {"type": "string", "maxLength": 3}}, minItems=1),
        {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["a"]}},
        {"name": "again", "type": ["null", "E"], "vendor.property": 1, "order": "ignore", "aliases": ["old"]},
    )

    assert parsed.check({"x": ["abc"], "e": "a", "again": None}) == ()
    assert [v.rule for v in parsed.check({"x": [], "e": "a", "again": "a"})] == ["minItems"]
    assert [v.path for v in parsed.check({"x": ["abcd"], "e": "a", "again": "b"})] == ["$.x[0]", "$.again"]


def test_defaults_of_containers_are_as_avro_writes_them():
    inner = {"type": "record", "name": "R", "fields": [{"name": "m", "type": {"type": "map", "values": "int"}}]}
    parsed = parse(
        field(type={"type": "map", "values": {"type": "int", "logicalType": "date"}}, default={"a": 0}),
        field(name="y", type=inner, default={"m": {"k": 1}}),
        field(name="z", type={"type": "array", "items": "R"}, default=[{"m": {}}]),
    )

    assert [v.path for v in parsed.check({})] == ["$.x", "$.y", "$.z"]


def test_error_in_a_record_inside_a_map_names_its_line():
    nested = """{"name": "prices", "type": {"type": "map", "values": {"type": "record", "name": "Price", "fields": [
        {"name": "a", "type": "strin"}
    ]}}}"""

    with pytest.raises(errors.DefinitionError, match="3: field `a`: there is no type strin"):
        parse(nested)


def test_defaults_of_logical_types_are_as_avro_writes_them():
    parsed = parse(field(type={"type": "int", "logicalType": "date"}, default=0), field(name="y", default="text"))

    assert [v.rule for v in parsed.check({})] == ["required", "required"]
