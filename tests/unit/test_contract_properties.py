"""Any contract, any answer: the derived JSON Schema and the check agree, and what they accept survives Avro."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import hypothesis
import jsonschema
import pytest
from hypothesis import strategies as st

from processor.core.contracts import contract
from processor.core.wire import avro_binary
from tests import any_contract

# Judges by the words of RFC 3339, not by the code under test.
FORMATS = jsonschema.FormatChecker(formats=["date", "uuid"])


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


def _same(one: Any, other: Any) -> bool:
    """Equal, and of equal type all the way down: True is not 1."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and all(itertools.starmap(_same, zip(one, other, strict=True)))
    return type(one) is type(other) and one == other


@hypothesis.settings(max_examples=200, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@hypothesis.given(
    any_contract.schemas.map(lambda raw: any_contract.named(raw, itertools.count())).flatmap(
        lambda raw: st.tuples(st.just(raw), any_contract.slip(any_contract.value(raw)))
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
    derived = contract.parse(json.dumps(any_contract.named(any_contract.record([types]), itertools.count())), "a.avsc")
    typed = derived.convert({"f0": value})

    assert _same(avro_binary.decode(avro_binary.encode(derived.schema, typed), derived.schema), typed)


def test_map_has_each_key_once():
    raw = any_contract.record([{"type": "map", "values": "int"}])
    derived = contract.parse(json.dumps(any_contract.named(raw, itertools.count())), "a.avsc")
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
        json.dumps(any_contract.named(any_contract.record([{"type": "map", "values": "int"}]), itertools.count())),
        "a.avsc",
    )
    assert derived.check({"f0": wrong})
    assert not Judge(derived.json_schema).is_valid({"f0": wrong})
