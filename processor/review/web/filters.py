"""A filter as the query of an address, both ways."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Literal, cast, get_args
from urllib.parse import urlencode

from processor.review.values import BLIND, Filter, Order
from processor.review.web import words

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDERS: tuple[Order, ...] = get_args(Order)
State = Literal["open", "closed", "all"]
STATES: tuple[State, ...] = get_args(State)
LONGEST = 200
"""Characters of a text in a filter."""
MOST_SECONDS = 100 * 365 * 86400.0
MOST_COST = Decimal(10**9)
LEAST_COST = Decimal("1e-12")
"""A smaller one would be written with as many digits as its exponent says."""
NUMBER_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Parsed:
    """A filter, and the names of what was given and means nothing."""

    filter: Filter
    ignored: tuple[str, ...] = ()


def parse(query: Mapping[str, str]) -> Filter:
    """The filter that a query gives, whatever it holds: what means nothing is left out."""
    return read(query).filter


def read(query: Mapping[str, str]) -> Parsed:
    """The same, with what was left out."""
    given = {name: query.get(name, "").strip() for name in (each.name for each in fields(Filter))}
    state, order = given["state"], given["order"]
    found = {
        "older": _seconds(given["older"]),
        "newer": _seconds(given["newer"]),
        "min_cost": _cost(given["min_cost"]),
        "reason": given["reason"] if given["reason"] in _REASONS else None,
        "state": state if state in STATES else None,
        "order": order if order in ORDERS else None,
    }
    texts = {name: _text(given[name]) for name in ("task", "rule", "text")}
    ignored = [name for name, value in found.items() if given[name] and value is None]
    ignored += [name for name, value in texts.items() if value != given[name]]
    return Parsed(
        Filter(
            task=texts["task"],
            rule=texts["rule"],
            text=texts["text"],
            reason=cast("str", found["reason"] or ""),
            older=cast("float | None", found["older"]),
            newer=cast("float | None", found["newer"]),
            min_cost=cast("Decimal | None", found["min_cost"]),
            state=cast("State", found["state"] or "open"),
            order=cast("Order", found["order"] or "oldest"),
        ),
        tuple(ignored),
    )


def query(wanted: Filter, **more: str) -> str:
    """The query that gives the filter, and `more` after it; what is as usual, or empty, is not in it."""
    pairs = {each.name: getattr(wanted, each.name) for each in fields(Filter)}
    usual = Filter()
    texts = {name: _written(value) for name, value in pairs.items() if value != getattr(usual, name)}
    return urlencode({**texts, **{name: value for name, value in more.items() if value}})


def address(path: str, wanted: Filter, **more: str) -> str:
    """A path with the filter's query; without a `?` where there is none."""
    text = query(wanted, **more)
    return f"{path}?{text}" if text else path


_REASONS = frozenset((*map(str, words.REASONS), BLIND))


def _text(given: str) -> str:
    """Without what cannot be written as UTF-8 or means nothing in a database."""
    return given.encode("utf-8", "ignore").decode().replace("\0", "")[:LONGEST].strip()


def _seconds(given: str) -> float | None:
    if len(given) > NUMBER_LETTERS:
        return None
    try:
        seconds = float(given)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and 0 < seconds <= MOST_SECONDS else None


def _cost(given: str) -> Decimal | None:
    if len(given) > NUMBER_LETTERS:
        return None
    try:
        cost = Decimal(given)
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and LEAST_COST <= cost <= MOST_COST else None


def _written(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else f"{value:f}" if isinstance(value, Decimal) else str(value)
