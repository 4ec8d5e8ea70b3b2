"""JSON from outside, read strictly: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

LEVELS = 64
"""Objects and arrays inside each other."""


def loads(data: bytes | str, levels: int = LEVELS) -> Any:
    """Parse JSON text, UTF-8 with or without a byte order mark.

    Raises:
        ValueError: it is not UTF-8 or not JSON, holds NaN, infinity, a number out of range, a key twice in one object,
            half a surrogate pair, or is nested deeper than `levels`. The message holds nothing of the text.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    if text.count("{") + text.count("[") > levels:
        shallow(value, levels)
    if "\\ud" in text or "\\uD" in text:
        _refuse_half_pairs(value)
    return value


def shallow(value: Any, levels: int = LEVELS) -> Any:
    """The value itself.

    Raises:
        ValueError: it is nested deeper than `levels`.
    """
    layer = [value]
    # Layer by layer, not by recursion: the value is hostile.
    for _ in range(levels + 1):
        layer = [child for parent in layer for child in _children(parent)]
        if not layer:
            return value
    raise ValueError(f"it is nested more than {levels} levels deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_half_pairs(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a surrogate pair, which is no character") from None
