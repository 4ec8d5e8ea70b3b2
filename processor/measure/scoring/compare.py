"""Whether two values are the same, by each kind of comparison.

Both are JSON values. Every comparison is reflexive and symmetric; values that it cannot read are the same only where
they are equal.
"""

from __future__ import annotations

import datetime as dt
import decimal
import unicodedata
from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import strings

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.core.contracts.shapes.base import Shape
    from processor.core.definition import Comparison

ENDS = " .,;:!?…。、\"'`´“”„‟‘’‚«»‹›"  # noqa: RUF001 - quotes as people type them
"""What may stand at the ends of a text and say nothing. Signs and brackets do: `-5`, `(large)`."""

EXPONENT_LIMIT = 400
"""Digits before or behind the point beyond which a text is no number that anybody means."""

_EXACT = decimal.Context(prec=2 * EXPONENT_LIMIT + 100)
"""So many digits that a difference of two numbers is not rounded."""


def same(comparison: Comparison, shape: Shape, one: Any, other: Any) -> bool:
    """Whether two values that stand at a place of this shape are the same."""
    compare = _COMPARISONS.get(comparison.kind, _exact)
    return compare(comparison, shape, one, other)


def is_blank(value: Any) -> bool:
    """Whether a value says nothing: null, a text of blanks, an empty list."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _presence(_: Comparison, __: Shape, one: Any, other: Any) -> bool:
    return is_blank(one) == is_blank(other)


def _exact(_: Comparison, shape: Shape, one: Any, other: Any) -> bool:
    return _equal(_typed(shape, one), _typed(shape, other))


def _text(_: Comparison, __: Shape, one: Any, other: Any) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)):
        return _equal(one, other)
    return normal_text(one) == normal_text(other)


def normal_text(text: str) -> str:
    """A text without what its looks are: case, blanks, Unicode forms, punctuation and quotes at its ends.

    Case and Unicode forms as in NFKC_Casefold, Unicode 15.0, section 3.13.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    spaced = " ".join(folded.split())
    return spaced.strip(ENDS) or spaced


def _number(comparison: Comparison, shape: Shape, one: Any, other: Any) -> bool:
    left, right = _decimal(_typed(shape, one)), _decimal(_typed(shape, other))
    if left is None or right is None:
        return _equal(one, other)
    apart = _EXACT.abs(_EXACT.subtract(left, right))
    larger = max(abs(left), abs(right))
    relative = _EXACT.multiply(decimal.Decimal(str(comparison.relative)), larger)
    return apart <= max(decimal.Decimal(str(comparison.tolerance)), relative)


def _date(comparison: Comparison, shape: Shape, one: Any, other: Any) -> bool:
    left, right = _day(_typed(shape, one)), _day(_typed(shape, other))
    if left is None or right is None:
        return _equal(one, other)
    return abs((left - right).days) <= comparison.days


_COMPARISONS: dict[str, Callable[[Comparison, Shape, Any, Any], bool]] = {
    "exact": _exact,
    "presence": _presence,
    "text": _text,
    "number": _number,
    "date": _date,
}


def _typed(shape: Shape, value: Any) -> Any:
    """The value as the contract's type where it is of it: `12.5` and `12.50` are one decimal."""
    if next(shape.check(value, "$"), None) is not None:
        return _lenient(shape, value)
    return str(value).lower() if isinstance(shape, strings.Uuid) else shape.convert(value)


def _lenient(shape: Shape, value: Any) -> Any:
    """A decimal that the contract refuses for its form alone is still that number: 12.5 without its quotes."""
    number = _decimal(value) if isinstance(shape, strings.Decimal) else None
    return value if number is None else number


def _decimal(value: Any) -> decimal.Decimal | None:
    """A finite number out of a number or of the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | decimal.Decimal):
        return None
    try:
        number = decimal.Decimal(value.strip() if isinstance(value, str) else str(value))
    except (decimal.InvalidOperation, ValueError):
        return None
    if not number.is_finite() or len(number.as_tuple().digits) > EXPONENT_LIMIT:
        return None
    return number if abs(number.adjusted()) <= EXPONENT_LIMIT else None


def _day(value: Any) -> dt.date | None:
    """A calendar day; of a point in time, that in UTC."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).date()
    if isinstance(value, dt.date):
        return value
    for shape in (strings.Date(), strings.Timestamp(6)):
        text = value.strip() if isinstance(value, str) else value
        if next(shape.check(text, "$"), None) is None:
            return _day(shape.convert(text))
    return None


def _equal(one: Any, other: Any) -> bool:
    """JSON's equality: true is not 1, at any depth."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
