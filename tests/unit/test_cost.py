from decimal import Decimal

import pytest

from processor.core import cost
from processor.core.records import Usage

FREE = cost.Price(Decimal(0), Decimal(0), Decimal(0))
CHEAP = cost.Price(Decimal("0.1"), Decimal("0.4"), Decimal("0.05"))
PRICES = {"m": cost.Price(Decimal(2), Decimal(8), Decimal("0.5")), "free": FREE, "cheap": CHEAP}


@pytest.mark.parametrize(
    ("usage", "model", "dollars"),
    [
        (Usage(1_000_000, 0), "m", Decimal(2)),
        (Usage(1_000_000, 500_000, 400_000), "m", Decimal("0.6") * 2 + Decimal("0.4") * Decimal("0.5") + 4),
        (Usage(0, 0), "m", None),
        (Usage(0, 0), "cheap", None),
        (Usage(0, 0), "free", Decimal(0)),
        (Usage(1, 0), "m", Decimal("0.000002")),
        (Usage(10, 10), "unknown", None),
    ],
)
def test_price_of_a_call(usage: Usage, model: str, dollars: Decimal | None):
    assert cost.of_call(usage, model, PRICES) == dollars


def test_a_sum_with_an_unknown_part_is_unknown():
    assert cost.total([Decimal(1), None]) is None
    assert cost.total([Decimal("0.1"), Decimal("0.2")]) == Decimal("0.3")
    assert cost.total([]) == 0
