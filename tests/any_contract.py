"""Any contract, and answers that are mostly right for it, and wrong in most ways that there are."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from hypothesis import strategies as st

PATTERNS = {"^KM-[0-9]{3}$": "KM-123", "^(a|bc){0,8}d?$": "abcd", r"^\S{1,20}$": "x", "^[^x]?$": "ü"}
DECIMALS: list[dict[str, Any]] = [{"type": "bytes"}, {"type": "fixed", "size": 6}]
BOUNDED = st.integers(-10, 10)


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


def record(types: list[Any]) -> dict[str, Any]:
    return {"type": "record", "fields": [{"name": f"f{n}", "type": type_} for n, type_ in enumerate(types)]}


def _nest(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = st.tuples(inner, _ordered("minItems", "maxItems", st.integers(0, 3))).map(
        lambda parts: {"type": "array", "items": parts[0], **parts[1]}
    )
    maps = st.tuples(inner, _ordered("minItems", "maxItems", st.integers(0, 3))).map(
        lambda parts: {"type": "map", "values": parts[0], **parts[1]}
    )
    records = st.lists(inner, min_size=1, max_size=3).map(record)
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


schemas = st.lists(st.recursive(leaves, _nest, max_leaves=6), min_size=1, max_size=4).map(record)


def named(raw: Any, counter: Any) -> Any:
    """The same with a name for everything that needs one."""
    if isinstance(raw, list):
        return [named(item, counter) for item in raw]
    if not isinstance(raw, dict):
        return raw
    made = {key: named(value, counter) for key, value in raw.items() if key != "symbols"}
    if "symbols" in raw:
        made["symbols"] = raw["symbols"]
    if raw.get("type") in ("record", "enum", "fixed"):
        made["name"] = f"N{next(counter)}"
    return made


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
unicode = st.characters(exclude_categories=["Cs"])


def value(raw: Any) -> st.SearchStrategy[Any]:
    """Values that are mostly right, and wrong in most ways that there are."""
    if isinstance(raw, list):
        return st.one_of(*(value(branch) for branch in raw))
    kind = raw if isinstance(raw, str) else raw.get("logicalType", raw["type"])
    if kind == "record":
        whole = st.fixed_dictionaries({f["name"]: slip(value(f["type"])) for f in raw["fields"]})
        return whole | st.tuples(whole, st.dictionaries(st.text(max_size=2), anything, max_size=1)).map(
            lambda parts: {**parts[0], **parts[1]}
        )
    if kind in ("array", "map"):
        items = value(raw["items"]) if kind == "array" else _entry(raw["values"])
        least = raw.get("minItems", 0)
        return st.lists(slip(items), min_size=least, max_size=raw.get("maxItems", least + 2))
    if kind in ("int", "long", "float", "double"):
        return _number(kind, raw.get("minimum", -10), raw.get("maximum", 10))
    if kind == "string":
        least = raw.get("minLength", 0)
        fitting = st.text(unicode, min_size=least, max_size=raw.get("maxLength", least + 3))
        return st.just(PATTERNS[raw["pattern"]]) if "pattern" in raw else fitting
    return OTHERS[kind]


def _entry(values: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"key": slip(st.text(unicode, max_size=2)), "value": slip(value(values))})


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


def slip(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 30).flatmap(lambda n: SLIPS if n == 30 else right)
