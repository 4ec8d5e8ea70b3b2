"""Arithmetic between amounts, exact: decimals are summed as decimals."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Unpack

from processor.core.rules import Rule, violation
from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.contracts.place import Steps
    from processor.core.records import Violation
    from processor.rule_library.making import Options

_EXACT = decimal.Context(prec=80, traps=[])
"""Wide enough for amounts of any currency to be summed exactly; never raises."""

PLAIN_DIGITS = 20


def adds_up(total: str, *parts: str, tolerance: str | float | Decimal = 0, **options: Unpack[Options]) -> Rule:
    """A total is the sum of its parts; a part may be a list's items.

    Silent where the total or a part is null, or no part is there at all. With several totals in a list, each is held
    against the parts of its own item.

    Example: `sums.adds_up("$.total", "$.net", "$.taxes[*].amount", tolerance="0.02")`
    """
    making.need(parts, "give the places of the parts after that of the total")
    slack = _tolerance(tolerance)
    at = tuple(map(making.steps, (total, *parts)))
    named = " and ".join(parts)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for totals, *summands in making.together(answer, *at):
            right = _sum(at[1:], summands)
            for path, value in totals:
                found = _number(value)
                if right is not None and found is not None and abs(_EXACT.subtract(found, right)) > slack:
                    message = f"{named} add up to {_plain(right)}: one is missing, too many or misread, or this is."
                    yield violation(path, message, found=value, expected=f"{_plain(right)}, as they stand")

    return making.make(check, f"{total} is the sum of {named}", (total, *parts), options)


def _sum(places: tuple[Steps, ...], summands: list[list[making.Found]]) -> Decimal | None:
    """The sum of what stands at the places; None where one of them is null or no number, or none holds anything."""
    if any(not found and making.EACH not in steps for found, steps in zip(summands, places, strict=True)):
        return None
    total = None
    for value in (value for found in summands for _, value in found):
        number = _number(value)
        if number is None:
            return None
        total = number if total is None else _EXACT.add(total, number)
    return total


def _number(value: Any) -> Decimal | None:
    """A number exactly as it is written; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = _EXACT.create_decimal(str(value))
    return number if number.is_finite() else None


def _tolerance(given: str | float | Decimal) -> Decimal:
    try:
        slack = Decimal(str(given))
    except decimal.InvalidOperation:
        slack = Decimal("NaN")
    making.need(slack.is_finite() and slack >= 0, f"tolerance is a number from 0, not {given!r}")
    return slack


def _plain(number: Decimal) -> str:
    """Without an exponent, unless that would be long."""
    return f"{number:f}" if abs(number.adjusted()) < PLAIN_DIGITS else str(number)
