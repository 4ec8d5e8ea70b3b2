"""Typed values <-> values that JSON has.

Times are RFC 3339 in UTC, dates `2026-01-31`, decimals and UUIDs strings, bytes base64. Strings that an envelope marks
with `contentMediaType: application/json` are the JSON that they hold.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
import math
from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import strings
from processor.core.wire import strict_json

if TYPE_CHECKING:
    import avro.schema

JSON_TEXT = "application/json"


def scalar(value: Any) -> Any:
    """One typed value that JSON does not have; also what `json.dumps` takes as `default`.

    Raises:
        TypeError: it is of a type that no Avro value has.
    """
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"no JSON for {type(value).__name__}")


def text(value: Any) -> str:
    """A typed value as compact JSON text, non-ASCII characters as they are; NaN and infinity become null."""
    try:
        return _dumps(value)
    except ValueError:
        return _dumps(tree(value))


def opened_text(written: str) -> Any:
    """The JSON that a text holds; the text itself where it holds none."""
    try:
        return strict_json.loads(written)
    except ValueError:
        return written


def time(written: str) -> dt.datetime | None:
    """A point in time from RFC 3339 with its offset, in UTC, to the microsecond; None where it is none."""
    try:
        return strings.Timestamp(6).convert(written)
    except (ValueError, OverflowError):
        return None


def tree(value: Any) -> Any:
    """A whole typed value as JSON values. NaN and infinity become null."""
    if isinstance(value, dict):
        return {name: tree(item) for name, item in value.items()}
    if isinstance(value, list):
        return [tree(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else scalar(value)


def opened(value: Any, schema: avro.schema.Schema) -> Any:
    """The same as `tree`, with JSON texts opened where the schema marks them."""
    if schema.type == "union":
        marked = [branch for branch in schema.schemas if branch.type != "null"]
        return opened(value, marked[0]) if value is not None and len(marked) == 1 else tree(value)
    if schema.type == "record":
        return {field.name: opened(value[field.name], field.type) for field in schema.fields}
    if schema.type == "array":
        return [opened(item, schema.items) for item in value]
    if schema.type == "map":
        return {name: opened(item, schema.values) for name, item in value.items()}
    if schema.type == "string" and schema.get_prop("contentMediaType") == JSON_TEXT:
        return opened_text(value)
    return tree(value)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=scalar, allow_nan=False)
