"""An Avro type that holds no others -> its shape, with the check properties that it takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from processor.core.contracts import pattern
from processor.core.contracts.shapes import containers, numbers, strings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import avro.schema

    from processor.core.contracts.shapes.base import Shape
    from processor.core.errors import DefinitionError

    Complain = Callable[[str], DefinitionError]

CHECKS = ("minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems")
"""The properties that set checks."""

SYMBOLS_LIMIT = 1000
"""Symbols of an enum, as OpenAI's structured outputs allow them."""

PRECISION_LIMIT = 38
"""Digits of a decimal: what databases hold."""

BITS = {"int": 32, "float": 32, "long": 64, "double": 64}


def checks_in(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The check properties among an object's keys."""
    return {name: raw[name] for name in CHECKS if name in raw}


def allowed(schema: avro.schema.Schema) -> tuple[str, ...]:
    """The check properties that a type takes; a union takes those of its types."""
    if schema.type == "union":
        return tuple(dict.fromkeys(name for branch in schema.schemas for name in allowed(branch)))
    if schema.type in ("array", "map"):
        return ("minItems", "maxItems")
    if getattr(schema, "logical_type", None):
        return ()
    if schema.type == "string":
        return ("minLength", "maxLength", "pattern")
    return ("minimum", "maximum") if schema.type in BITS else ()


def build(schema: avro.schema.Schema, checks: Mapping[str, Any], complain: Complain) -> Shape:
    """The shape of a scalar type or an enum; `complain` makes the error for a message."""
    logical = getattr(schema, "logical_type", None)
    if logical is not None:
        return _logical(schema, logical, complain)
    if schema.type in ("null", "boolean"):
        return containers.Null() if schema.type == "null" else numbers.Boolean()
    if schema.type == "enum":
        if not 1 <= len(schema.symbols) <= SYMBOLS_LIMIT:
            raise complain(f"an enum needs 1 to {SYMBOLS_LIMIT} symbols")
        return strings.Choice(tuple(schema.symbols))
    if schema.type == "string":
        return _text(checks, complain)
    if schema.type in ("int", "long"):
        return numbers.Integer(BITS[schema.type], *_bounds(checks, schema.type, complain))
    return numbers.Real(BITS[schema.type], *_bounds(checks, schema.type, complain))


def _logical(schema: avro.schema.Schema, logical: str, complain: Complain) -> Shape:
    if logical == "date":
        return strings.Date()
    if logical == "uuid":
        return strings.Uuid()
    if logical != "decimal":
        return strings.Timestamp(3 if logical == "timestamp-millis" else 6)
    if schema.precision > PRECISION_LIMIT:
        raise complain(f"a decimal may have at most {PRECISION_LIMIT} digits")
    return strings.Decimal(schema.precision, schema.scale)


def _text(checks: Mapping[str, Any], complain: Complain) -> strings.Text:
    least, most = lengths(checks, "Length", complain)
    expression = checks.get("pattern")
    if expression is None:
        return strings.Text(least, most)
    if not isinstance(expression, str):
        raise complain("`pattern` must be a string")
    try:
        return strings.Text(least, most, pattern.parse(expression, most))
    except ValueError as error:
        raise complain(f"`pattern`: {error}") from error


def lengths(checks: Mapping[str, Any], what: str, complain: Complain) -> tuple[int | None, int | None]:
    """The `min…` and `max…` of a length, checked. `what` is `Length` or `Items`."""
    names = (f"min{what}", f"max{what}")
    for name in names:
        value = checks.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise complain(f"`{name}` must be a whole number that is not negative")
    return _ordered(checks, names, complain)


def _bounds(checks: Mapping[str, Any], type_: str, complain: Complain) -> tuple[Any, Any]:
    whole = type_ in ("int", "long")
    shape = numbers.Integer(BITS[type_]) if whole else numbers.Real(BITS[type_])
    for name in ("minimum", "maximum"):
        value = checks.get(name, 0)
        # A bound is itself a value of the type; a bound of 1.0 for an int would confuse model servers.
        if next(shape.check(value, "$"), None) is not None or (whole and isinstance(value, float)):
            raise complain(f"`{name}` must be {shape.expected} that the type {type_} can hold")
        if isinstance(value, float) and not math.isfinite(value):
            raise complain(f"`{name}` must be finite")
    return _ordered(checks, ("minimum", "maximum"), complain)


def _ordered(checks: Mapping[str, Any], names: tuple[str, str], complain: Complain) -> tuple[Any, Any]:
    least, most = checks.get(names[0]), checks.get(names[1])
    if least is not None and most is not None and least > most:
        raise complain(f"`{names[0]}` is larger than `{names[1]}`")
    return least, most
