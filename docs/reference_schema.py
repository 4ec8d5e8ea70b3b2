"""The reference page of answer schemas, from the code: each type is built, and what derives from it is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from processor.core.contracts import contract, pattern
from processor.core.contracts.shapes import build, leaf, narrowed

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES: tuple[tuple[Any, Any], ...] = (
    ("string", "a word"),
    ("boolean", True),
    ("int", 3),
    ("long", 3),
    ("float", 0.5),
    ("double", 0.5),
    ({"type": "enum", "name": "Size", "symbols": ["small", "large"]}, "small"),
    ({"type": "int", "logicalType": "date"}, "2026-01-31"),
    ({"type": "long", "logicalType": "timestamp-millis"}, "2026-01-31T09:30:00+01:00"),
    ({"type": "long", "logicalType": "timestamp-micros"}, "2026-01-31T08:30:00Z"),
    ({"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}, "12.5"),
    ({"type": "fixed", "name": "Amount", "size": 4, "logicalType": "decimal", "precision": 8, "scale": 2}, "12.5"),
    ({"type": "string", "logicalType": "uuid"}, "123e4567-e89b-12d3-a456-426614174000"),
    (["null", "int"], None),
    ({"type": "array", "items": "int"}, [1, 2]),
    ({"type": "map", "values": "int"}, [{"key": "a", "value": 1}]),
    ({"type": "record", "name": "Line", "fields": [{"name": "sku", "type": "string"}]}, {"sku": "A-1"}),
)
"""A type, and an answer that fits it."""

CHECKS = {
    "minimum": "the least number",
    "maximum": "the greatest number",
    "minLength": "the fewest characters (Unicode code points)",
    "maxLength": "the most characters",
    "pattern": (
        "a regular expression for the whole value, from `^` to `$`; the dialect that Python, JSON Schema and model "
        "servers share: no look-around, no back-references, no flags, no lazy quantifiers; "
        f"{pattern.PATTERN_LIMIT} characters at most, on values of {pattern.VALUE_LIMIT:,} at most"
    ),
    "minItems": "the fewest items or entries",
    "maxItems": "the most items or entries",
}
"""Check property -> what it sets."""


def page() -> Iterator[str]:
    """The lines below the page's head."""
    yield from (
        "What `schemas/<task>.avsc` may hold: one Avro record, its fields of these types. How to use it:",
        "[the contract](contract.md).",
        "",
        "## Types",
        "",
        "| Avro type | an answer | for rules and in results | the model's JSON Schema | checks |",
        "| --- | --- | --- | --- | --- |",
    )
    yield from (_type(type_, answer) for type_, answer in TYPES)
    yield from (
        "",
        "- Every field of a record is required of the model, and no other is allowed. A `default` is for readers of",
        "  older results; where a value can be missing, say so with null in a union.",
        "- A union holds at most one type of each JSON kind, since the kind of a value tells which is meant; so not",
        "  `int` and `double`, nor an array and a map.",
        "- `doc` of a record or field becomes the model's `description`.",
        "- Not supported: " + "; ".join(_unsupported()) + "; records inside themselves.",
        "",
        "## Checks",
        "",
        "Properties of a field, or inside its type. A violation of one carries its name.",
        "",
        "| property | on | sets |",
        "| --- | --- | --- |",
    )
    yield from (f"| `{name}` | {', '.join(_types_with(name))} | {CHECKS[name]} |" for name in leaf.CHECKS)
    yield from (
        "",
        "Other properties are errors, since a misspelt one would check nothing; names with a dot are left to other",
        "tools.",
        "",
        "## Limits",
        "",
        "| what | at most |",
        "| --- | --- |",
        *(f"| {what} | {most:,} |" for what, most in LIMITS.items()),
    )


LIMITS = {
    "characters of the record's name": build.NAME_LIMIT,
    "levels of records, arrays and maps inside each other (a map is two)": build.DEPTH_LIMIT,
    "symbols of an enum": leaf.SYMBOLS_LIMIT,
    "digits of a decimal": leaf.PRECISION_LIMIT,
    "violations of one answer that are told": contract.VIOLATIONS_LIMIT,
    "values that `[narrow]` tells a model for one place; more are only checked": narrowed.TOLD,
    "characters of these values; with more they are only checked": narrowed.TOLD_CHARACTERS,
}


def _contract(type_: Any) -> contract.Contract:
    raw = {"type": "record", "name": "Answer", "fields": [{"name": "field", "type": type_}]}
    return contract.parse(json.dumps(raw), "schemas/reference.avsc")


def _type(type_: Any, answer: Any) -> str:
    made = _contract(type_)
    if wrong := made.check({"field": answer}):
        raise ValueError(f"{answer} does not fit {type_}: {wrong}")
    typed = made.convert({"field": answer})["field"]
    schema = made.json_schema["properties"]["field"]
    checks = leaf.allowed(made.schema.fields[0].type)
    shown = (_code(type_), _code(answer), f"`{typed!r}`", _code(schema), ", ".join(checks))
    return f"| {' | '.join(shown)} |"


def _code(value: Any) -> str:
    return f"`{json.dumps(value).replace('|', chr(92) + '|')}`"


def _types_with(check: str) -> list[str]:
    return [
        f"`{type_ if isinstance(type_, str) else type_['type']}`"
        for type_, _ in TYPES
        if not isinstance(type_, list) and check in leaf.allowed(_contract(type_).schema.fields[0].type)
    ]


def _unsupported() -> Iterator[str]:
    for name, why in build.UNSUPPORTED.items():
        yield f"`{name}` ({why.partition(': ')[2]})"
