"""A label that says only a part of an answer, made whole with values that say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def fill(label: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The label with null, an empty list or an `x` where a field is missing, and the names of these fields.

    What cannot be blank (an enum, a boolean, a number, a text with a pattern, an object) stays missing.

    Args:
        label: the labelled part of an answer, as parsed JSON.
        schema: the JSON Schema of the whole answer.
    """
    blanks = {name: _blank(part) for name, part in schema["properties"].items() if name not in label}
    known = {name: value for name, value in blanks.items() if value is not ...}
    return {**known, **label}, tuple(known)


def _blank(schema: Mapping[str, Any]) -> Any:
    kinds = [branch.get("type") for branch in schema.get("anyOf", [schema])]
    if "null" in kinds:
        return None
    if schema.get("type") == "array" and not schema.get("minItems"):
        return []
    if schema.get("type") == "string" and not {"enum", "pattern", "format"} & schema.keys():
        return "x" * schema.get("minLength", 0)
    return ...
