"""Price arithmetic, in Decimal. An unknown price stays unknown (None) and is never 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.core.records import Usage

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens. `cached` is for input tokens that the provider read from its prompt cache."""

    input: Decimal
    output: Decimal
    cached: Decimal


Prices = Mapping[str, Price]
"""By model name as the server reports it."""


def of_call(usage: Usage, model: str, prices: Prices) -> Decimal | None:
    """What one call cost in US dollars, from the tokens that the server counted; None where the price is not known."""
    price = prices.get(model)
    if price is None or (usage.total == 0 and price.input > 0):  # no call costs nothing: the server did not count
        return None
    fresh = usage.input_tokens - usage.cached_tokens
    return (fresh * price.input + usage.cached_tokens * price.cached + usage.output_tokens * price.output) / MILLION


def total(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where a part of it is not known."""
    amount = Decimal(0)
    for cost in costs:
        if cost is None:
            return None
        amount += cost
    return amount
