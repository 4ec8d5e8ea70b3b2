"""Any contract, any answer: the derived JSON Schema and the check agree, and what they accept survives Avro."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import re
from typing import Any

import hypothesis
import jsonschema
import pytest
from hypothesis import strategies as st

from processor.core.contracts import contract
from processor.core.wire import avro_binary

# Judges by the words of RFC 3339, not by the code under test.
FORMATS = jsonschema.FormatChecker(formats=["date", "uuid"])
PATTERNS = {"^KM-[0-9]{3}$": "KM-123", "^(a|bc){0,8}d?$": "abcd", r"^\S{1,20}$": "x", "^[^x]?$": "ü"}
DECIMALS: list[dict[str, Any]] = [{"type": "bytes"}, {"type": "fixed", "size": 6}]
BOUNDED = st.integers(-10, 10)


@FORMATS.checks("date-time")
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    date, _, time = value.upper().partition("T")
    clock = re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", time, re.ASCII)
    return bool(clock) and FORMATS.conforms(date, "date")


def _pattern(validator: Any, pattern: str, value: object, schema: Any) -> Any:
    # As ECMA 262 has it: `$` is the very end, `\d` and `\S` are ASCII.
    if isinstance(value, str) and not re.fullmatch(pattern[1:-1], value, re.ASCII):
        yield jsonschema.ValidationError("pattern")


Judge = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})


def _ordered(low: str, high: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Two bounds, either or both left out, in order."""
    pairs = st.tuples(st.none() | values, st.none() | values)
    in_order = pairs.filter(lambda pair: None in pair or pair[0] <= pair[1])
    return in_order.map(lambda pair: {k: v for k, v in zip((low, high), pair, strict=True) if v is not None})


def _typed(type_: Any, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.just({"type": type_, **more})


numbers = st.sampled_from(["int", "long"]).flatmap(
    lambda type_: _ordered("minimum", "maximum", BOUNDED).map(lambda checks: {"type": type_, **checks})
) | st.sampled_from(["float", "double"]).flatmap(
    lambda type_: _ordered("minimum", "maximum", BOUNDED | st.floats(-9, 9, width=16)).map(
        lambda checks: {"type": type_, **checks}
    )
)
strings = st.one_of(
    _ordered("minLength", "maxLength", st.integers(0, 5)).map(lambda checks: {"type": "string", **checks}),
    st.sampled_from(list(PATTERNS)).map(lambda pattern: {"type": "string", "pattern": pattern}),
    _typed("enum", symbols=["red", "green", "BLUE_2"]),
    _typed("int", logicalType="date"),
    _typed("long", logicalType="timestamp-millis"),
    _typed("long", logicalType="timestamp-micros"),
    _typed("string", logicalType="uuid"),
    st.tuples(st.integers(0, 6), st.integers(0, 6))
    .filter(any)
    .flatmap(
        lambda d: st.sampled_from(DECIMALS).map(
            lambda under: {**under, "logicalType": "decimal", "precision": d[0] + d[1], "scale": d[1]}
        )
    ),
)
leaves = st.one_of(numbers, strings, _typed("boolean"))


def _record(types: list[Any]) -> dict[str, Any]:
    return {"type": "record", "fields": [{"name": f"f{n}", "type": type_} for n, type_ in enumerate(types)]}


def _nest(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = st.tuples(inner, _ordered("minItems", "maxItems", st.integers(0, 3))).map(
        lambda parts: {"type": "array", "items": parts[0], **parts[1]}
    )
    maps = st.tuples(inner, _ordered("minItems", "maxItems", st.integers(0, 3))).map(
        lambda parts: {"type": "map", "values": parts[0], **parts[1]}
    )
    records = st.lists(inner, min_size=1, max_size=3).map(_record)
    unions = st.permutations(["null", {"type": "boolean"}]).flatmap(
        lambda fixed: st.tuples(numbers, strings, arrays | maps, records).flatmap(
            lambda parts: st.lists(
                st.sampled_from([*fixed, *parts]),
                min_size=1,
                unique_by=lambda x: x if isinstance(x, str) else x["type"].replace("map", "record"),
            )
        )
    )
    return arrays | maps | records | unions


schemas = st.lists(st.recursive(leaves, _nest, max_leaves=6), min_size=1, max_size=4).map(_record)


def _named(raw: Any, counter: Any) -> Any:
    """The same with a name for everything that needs one."""
    if isinstance(raw, list):
        return [_named(item, counter) for item in raw]
    if not isinstance(raw, dict):
        return raw
    named = {key: _named(value, counter) for key, value in raw.items() if key != "symbols"}
    if "symbols" in raw:
        named["symbols"] = raw["symbols"]
    if raw.get("type") in ("record", "enum", "fixed"):
        named["name"] = f"N{next(counter)}"
    return named


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
unicode = st.characters(exclude_categories=["Cs"])


def _value(raw: Any) -> st.SearchStrategy[Any]:
    """Values that are mostly right, and wrong in most ways that there are."""
    if isinstance(raw, list):
        return st.one_of(*(_value(branch) for branch in raw))
    kind = raw if isinstance(raw, str) else raw.get("logicalType", raw["type"])
    if kind == "record":
        whole = st.fixed_dictionaries({f["name"]: _slip(_value(f["type"])) for f in raw["fields"]})
        return whole | st.tuples(whole, st.dictionaries(st.text(max_size=2), anything, max_size=1)).map(
            lambda parts: {**parts[0], **parts[1]}
        )
    if kind in ("array", "map"):
        items = _value(raw["items"]) if kind == "array" else _entry(raw["values"])
        least = raw.get("minItems", 0)
        return st.lists(_slip(items), min_size=least, max_size=raw.get("maxItems", least + 2))
    if kind in ("int", "long", "float", "double"):
        return _number(kind, raw.get("minimum", -10), raw.get("maximum", 10))
    if kind == "string":
        least = raw.get("minLength", 0)
        fitting = st.text(unicode, min_size=least, max_size=raw.get("maxLength", least + 3))
        return st.just(PATTERNS[raw["pattern"]]) if "pattern" in raw else fitting
    return OTHERS[kind]


def _entry(values: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"key": _slip(st.text(unicode, max_size=2)), "value": _slip(_value(values))})


def _number(kind: str, low: float, high: float) -> st.SearchStrategy[Any]:
    low, high = min(low, high), max(low, high)
    whole = st.integers(math.ceil(low), max(math.ceil(low), math.floor(high)))
    if kind in ("int", "long"):
        return whole | whole.map(float)
    return whole | st.floats(low, high, allow_nan=False, allow_infinity=False)


def _moments() -> st.SearchStrategy[str]:
    # Not within a day of the years 1 and 9999: other offsets would leave Python's calendar.
    days = st.datetimes(min_value=dt.datetime(2, 1, 1), max_value=dt.datetime(9998, 1, 1))  # noqa: DTZ001 - the text gets one
    offsets = st.sampled_from(["Z", "z", "+05:30", "-23:59"])
    return st.tuples(days, offsets).map(lambda parts: parts[0].isoformat() + parts[1])


OTHERS = {
    "null": st.none(),
    "boolean": st.booleans(),
    "enum": st.sampled_from(["red", "green", "BLUE_2"]),
    "date": st.dates().map(str),
    "timestamp-millis": _moments(),
    "timestamp-micros": _moments(),
    "uuid": st.uuids().map(str),
    "decimal": st.sampled_from(["0", "-0", "0.5", "-0.25", "7", "12.50", "-127", "128.1", "-32768", "999999"]),
}
SLIPS = st.one_of(
    anything,
    st.sampled_from(["blue", "2026-02-29", "20260101", "٢٠٢٦-01-01", "2026-01-01T00:00:00", "12.", "01", "1e3", "-"]),
    st.integers(-(2**63) - 1, 2**63) | st.floats(allow_nan=False, allow_infinity=False),
)


def _slip(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 30).flatmap(lambda n: SLIPS if n == 30 else right)


def _same(one: Any, other: Any) -> bool:
    """Equal, and of equal type all the way down: True is not 1."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and all(itertools.starmap(_same, zip(one, other, strict=True)))
    return type(one) is type(other) and one == other


@hypothesis.settings(max_examples=200, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@hypothesis.given(
    schemas.map(lambda raw: _named(raw, itertools.count())).flatmap(
        lambda raw: st.tuples(st.just(raw), _slip(_value(raw)))
    )
)
def test_json_schema_check_and_avro_agree(drawn: tuple[Any, Any]):
    raw, answer = drawn
    derived = contract.parse(json.dumps(raw), "a.avsc")
    Judge.check_schema(derived.json_schema)

    violations = derived.check(answer)
    # What a JSON Schema leaves to the check: whether a number fits into Avro's 32 or 64 bits, and a map's keys.
    hypothesis.assume(all(violation.rule not in ("range", "uniqueKeys") for violation in violations))
    accepted = Judge(derived.json_schema, format_checker=FORMATS).is_valid(answer)

    hypothesis.event("accepted" if accepted else "refused")
    assert accepted == (not violations), violations
    if accepted:
        typed = derived.convert(answer)
        encoded = avro_binary.encode(derived.schema, typed)
        assert _same(avro_binary.decode(encoded, derived.schema), typed)


@pytest.mark.parametrize(
    ("types", "value"),
    [
        (["boolean", "long"], True),
        (["boolean", "long"], 1),
        (["long", "boolean"], False),
        (["null", "double"], 3),
        (["null", {"type": "array", "items": ["null", "int"]}], [1, None]),
    ],
)
def test_union_is_encoded_as_the_kind_of_its_value(types: list[Any], value: Any):
    derived = contract.parse(json.dumps(_named(_record([types]), itertools.count())), "a.avsc")
    typed = derived.convert({"f0": value})

    assert _same(avro_binary.decode(avro_binary.encode(derived.schema, typed), derived.schema), typed)


def test_map_has_each_key_once():
    raw = _record([{"type": "map", "values": "int"}])
    derived = contract.parse(json.dumps(_named(raw, itertools.count())), "a.avsc")
    pairs = [("a", 1), ("b", 2), ("a", 3), ("a", 4)]
    answer = {"f0": [{"key": key, "value": value} for key, value in pairs]}

    found = derived.check(answer)

    assert [(v.path, v.rule, v.found) for v in found] == [
        ("$.f0[2].key", "uniqueKeys", '"a"'),
        ("$.f0[3].key", "uniqueKeys", '"a"'),
    ]
    assert found[0].message == "Is the key of item 0, too."
    assert derived.convert({"f0": answer["f0"][:2]}) == {"f0": {"a": 1, "b": 2}}


@pytest.mark.parametrize("wrong", [{"a": 1}, "a", [1], [{"key": 1, "value": 1}], [{"key": "a"}], [{"value": 1}]])
def test_map_of_another_form(wrong: Any):
    derived = contract.parse(
        json.dumps(_named(_record([{"type": "map", "values": "int"}]), itertools.count())), "a.avsc"
    )
    assert derived.check({"f0": wrong})
    assert not Judge(derived.json_schema).is_valid({"f0": wrong})
