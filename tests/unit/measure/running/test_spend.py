"""Limits of what may be spent: reached, or impossible to keep."""

from __future__ import annotations

from decimal import Decimal

import pytest

from processor.core import cost, errors, models, task
from processor.core.judging import ballot
from processor.core.records import Usage
from processor.measure.running.spend import Limits, Reached, Spend, check_prices
from tests import builders

ONE = builders.completion({}, usage=Usage(100, 10))  # 0.00012 dollars, as `tiny`


def test_what_was_bought_is_counted():
    spend = Spend()
    spend.add(ONE, builders.PRICES)
    spend.add(ONE, builders.PRICES)
    assert (spend.calls, spend.tokens, spend.usd) == (2, 220, Decimal("0.00024"))
    spend.check()


def test_without_a_price_the_sum_is_not_known():
    spend = Spend(Limits(tokens=1000))
    spend.add(ONE, {})
    spend.add(ONE, builders.PRICES)
    assert (spend.usd, spend.tokens) == (None, 220)
    spend.check()


@pytest.mark.parametrize(
    ("limits", "reached"),
    [
        (Limits(tokens=111), False),
        (Limits(tokens=110), True),
        (Limits(usd=Decimal("0.00013")), False),
        (Limits(usd=Decimal("0.00012")), True),
        (Limits(usd=Decimal("0.00012"), tokens=5000), True),
    ],
)
def test_a_limit_is_reached_once_nothing_is_left_of_it(limits, reached):
    spend = Spend(limits)
    spend.check()
    spend.add(ONE, builders.PRICES)
    if reached:
        with pytest.raises(Reached, match=r"--max-(usd|tokens)"):
            spend.check()
    else:
        spend.check()


@pytest.mark.parametrize("limits", [Limits(usd=Decimal(0)), Limits(tokens=0)])
def test_a_limit_of_nothing_buys_nothing(limits):
    with pytest.raises(Reached):
        Spend(limits).check()


@pytest.mark.parametrize(
    ("completion", "words"),
    [(builders.completion({}, model="other"), "price of other"), (builders.completion({}, usage=Usage()), "count")],
)
def test_a_limit_in_dollars_needs_to_know_what_a_call_cost(completion, words):
    spend = Spend(Limits(usd=Decimal(1)))
    with pytest.raises(errors.UsageError, match=words):
        spend.add(completion, builders.PRICES)
    assert spend.calls == 1


@pytest.mark.parametrize(
    ("default", "named", "known"),
    [
        ("tiny", None, True),
        ("tin", None, True),  # the server may say which version of it: `tiny-2026-01-31`
        ("other", None, False),
        ("other", "tiny", True),
        ("tiny", "other", False),
        (ballot.MODEL, None, True),
    ],
)
def test_before_anything_is_spent_prices_are_looked_for(default, named, known):
    step = '[[step]]\nprompt = "prompt.md"\n' + (f'model = "{named}"\n' if named else "")
    made = task.build(
        builders.sources(definition=f'description = "x"\nkind = "classification"\n{step}'),
        (),
        models.Models(prices=builders.PRICES),
    )
    check_prices(Limits(tokens=5), made, default)
    if known:
        check_prices(Limits(usd=Decimal(1)), made, default)
    else:
        with pytest.raises(errors.UsageError, match=r"\[prices\.\"other\"\]"):
            check_prices(Limits(usd=Decimal(1)), made, default)


def test_a_free_model_never_reaches_a_limit_in_dollars():
    spend = Spend(Limits(usd=Decimal("0.01")))
    spend.add(ONE, {"tiny": cost.Price(Decimal(0), Decimal(0), Decimal(0))})
    assert spend.usd == 0
    spend.check()
