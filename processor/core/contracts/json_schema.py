"""What servers take of a contract's JSON Schema.

OpenAI's structured outputs refuse the lengths of strings (`'maxLength' is not permitted`), other servers hold the model
to them, which spares attempts. So they are sent until a server refuses them.

Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.contracts import place
from processor.core.contracts.shapes import base

if TYPE_CHECKING:
    from collections.abc import Mapping

LENGTHS = ("minLength", "maxLength")


def has_lengths(schema: Mapping[str, Any]) -> bool:
    """Whether the lengths of a string are bounded anywhere in it."""
    return any(name in schema for name in LENGTHS) or any(has_lengths(part) for part in _parts(schema))


def without_lengths(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema with the lengths of strings in words, in the description."""
    made = {name: value for name, value in schema.items() if name not in LENGTHS}
    if words := base.between(schema.get("minLength"), schema.get("maxLength"), "characters"):
        made["description"] = f"{schema.get('description', '')} Text{words}.".lstrip()
    if "properties" in schema:
        made["properties"] = {name: without_lengths(part) for name, part in schema["properties"].items()}
    if "items" in schema:
        made["items"] = without_lengths(schema["items"])
    if "anyOf" in schema:
        made["anyOf"] = [without_lengths(part) for part in schema["anyOf"]]
    return made


def has(schema: Mapping[str, Any], steps: place.Steps) -> bool:
    """Whether an answer may have something at a place."""
    if not steps:
        return True
    if any(has(branch, steps) for branch in schema.get("anyOf", [])):
        return True
    inner = schema.get("items") if steps[0] == place.EACH else schema.get("properties", {}).get(steps[0])
    return inner is not None and has(inner, steps[1:])


def _parts(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = [schema["items"]] if "items" in schema else []
    return [*schema.get("properties", {}).values(), *inner, *schema.get("anyOf", [])]
