"""What the answers of order-parsing must hold to beyond their schema; the grounds are in tasks/order-parsing/knowledge.

The catalogue is what was retrieved of it: the passages that have a column `sku`.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation
from processor.rule_library import dates, fields, knowledge, texts

from . import number_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.records import Event, Passage, Violation

MOST_LARGE_ITEMS = 20
MOST_PACKS = 100
MOST_LINES = 40
LARGE_ITEMS = ("furniture", "appliances")


@rule(then="review")
def nothing_ordered(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A question, a complaint or an order of which nothing is clear has no automatic outcome: somebody answers it."""
    if answer["lines"]:
        return None
    return violation("$.lines", "The message orders nothing that is clear, so a person reads it.", found=[])


@rule(then="review")
def large_order(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Price and delivery of a large order are agreed on, and a slip of the decimal point costs most here."""
    if len(answer["lines"]) > MOST_LINES:
        message = f"Orders of more than {MOST_LINES} lines are agreed on by a person."
        return violation("$.lines", message, found=len(answer["lines"]))
    for path, line, row in _with_rows(answer, passages):
        large = row.get("category") in LARGE_ITEMS
        most = MOST_LARGE_ITEMS if large else MOST_PACKS * _pack(row)
        if line["quantity"] > most:
            message = f"More than {most} {line['unit']} of {line['sku']} are agreed on by a person."
            return violation(f"{path}.quantity", message, found=line["quantity"])
    return None


sku_from_catalogue = knowledge.listed(
    "$.lines[*].sku",
    "sku",
    retrieval="catalogue",
    description="Article numbers are easy to invent or recall from other orders; only a row that was looked up counts.",
)


@rule
def not_discontinued(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """What is no longer made cannot be booked: its successor is, or a person offers something else."""
    for path, line, row in _with_rows(answer, passages):
        if row.get("status", "active") != "active":
            successor = row.get("replaced_by")
            expected = f"{successor}, its successor" if successor else "no line, and the article in unclear"
            message = f"{line['sku']} is {row['status']}."
            return violation(f"{path}.sku", message, found=line["sku"], expected=expected)
    return None


unit_from_catalogue = knowledge.as_in_row(
    "$.lines[*].unit",
    "unit",
    of="$.lines[*].sku",
    key="sku",
    description="The stock system books every article in one unit; in another one the quantity means something else.",
)


@rule
def full_packs(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Only full packs leave the warehouse, so a quantity is a positive multiple of the pack size."""
    for path, line, row in _with_rows(answer, passages):
        if line["quantity"] <= 0:
            return violation(f"{path}.quantity", "The quantity must be above 0.", found=line["quantity"])
        pack = _pack(row)
        if row and line["quantity"] % pack:
            message = (
                f"{line['sku']} is sold in packs of {pack} {line['unit']}; the quantity is rounded up to full packs."
            )
            expected = f"{_full(line['quantity'], pack):f}"
            return violation(f"{path}.quantity", message, found=line["quantity"], expected=expected)
    return None


one_line_per_article = fields.unique(
    "$.lines[*].sku",
    description="Two lines of one article are picked twice, and mostly one of them is a correction of the other.",
)


@rule
def quantity_from_message(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A quantity that no number in the message leads to was made up or belongs to another order."""
    numbers = number_words.numbers(_text(event))
    for path, line, row in _with_rows(answer, passages):
        pack, quantity = _pack(row), line["quantity"]
        reachable = number_words.reachable(numbers, pack)
        if quantity not in reachable and quantity not in (_full(made, pack) for made in reachable):
            message = "No number in the message leads to this quantity, counted singly or in packs."
            expected = "the quantity that the message names, or no line and the article in unclear"
            return violation(f"{path}.quantity", message, found=quantity, expected=expected)
    return None


description_from_message = texts.own_words(
    "$.lines[*].description",
    description="The words that name the article prove that it was asked for; a copied line has none.",
)

reference_from_message = texts.quoted(
    "$.customer_reference",
    description="The reference is how the customer's bookkeeping finds our invoice; a wrong one holds up the payment.",
)

date_not_past = dates.near(
    "$.requested_date",
    "received",
    before=0,
    description="Nobody wants a delivery before the day of the order: the year or the order of day and month is wrong.",
)


def _with_rows(
    answer: Mapping[str, Any], passages: Iterable[Passage]
) -> list[tuple[str, Mapping[str, Any], Mapping[str, str]]]:
    """Every line with its path and its catalogue row; an empty row where none was retrieved."""
    rows = {passage.columns["sku"]: passage.columns for passage in passages if "sku" in passage.columns}
    return [(f"$.lines[{at}]", line, rows.get(line["sku"], {})) for at, line in enumerate(answer["lines"])]


def _pack(row: Mapping[str, str]) -> Decimal:
    return Decimal(row.get("pack_size") or 1)


def _full(quantity: Decimal, pack: Decimal) -> Decimal:
    """The quantity, rounded up to full packs."""
    return (quantity / pack).to_integral_value(ROUND_CEILING) * pack


def _text(event: Event) -> str:
    return str(event.input.get("text", ""))
