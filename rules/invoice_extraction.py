"""What the answers of invoice-extraction must hold to beyond their schema; the grounds are in its knowledge folder.

An invoice carries its own proof: lines make the net sum, rates make the tax, both make the total, and what was copied
stands in the text, however it is written there. Where the proof fails, somebody misread.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation
from processor.rule_library import dates, sums, texts

from . import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.records import Event, Passage, Violation

ROUNDING = Decimal("0.02")
TAX_ROUNDING = Decimal("0.05")

LIMITS = {
    "EUR": 10_000,
    "GBP": 8_500,
    "USD": 11_000,
    "CHF": 9_500,
    "DKK": 75_000,
    "SEK": 110_000,
    "NOK": 115_000,
    "PLN": 43_000,
    "CZK": 250_000,
}
"""Above these, in approval.md, a person signs."""

RATES = frozenset(
    Decimal(tenths) / 10
    for tenths in (0, 21, 26, 38, 40, 50, 55, 60, 70, 80, 81, 90, 100, 120, 130, 135, 190, 200, 210, 220, 230, 250)
)
"""The VAT rates in taxes.md. Sales tax, which comes in US dollars, may be anything."""

OWN_ACCOUNTS = ("NL65VENL0900447711", "DE61903205000004477110")

DAYS_AHEAD, DAYS_BACK, DAYS_OF_TERMS = 7, 731, 180
"""How far an invoice date may lie after and before the receipt, and a due date after the invoice date."""

_AMOUNTS = ("net", "total", "prepaid", "payable")
_BOOKED = ("supplier", "currency", "lines", "taxes", *_AMOUNTS)
NEEDED = {"invoice": _BOOKED, "credit_note": _BOOKED, "reminder": ("supplier", "currency", "payable"), "other": ()}
EMPTY = {
    "invoice": (),
    "credit_note": ("due_date", "iban"),
    "reminder": ("lines", "taxes", "net", "total", "prepaid"),
    "other": ("supplier", "invoice_number", "purchase_order", "invoice_date", "due_date", "iban", *_BOOKED[1:]),
}

CURRENCIES = {
    "EUR": r"€|\beur",
    "GBP": r"£|\bGBP\b|\bpounds?\b|\bsterling\b",
    "USD": r"\$|\bUSD|\bdollars?\b",
    "CHF": r"\bCHF\b|\bS?Fr\.|\bFranken\b|\bfrancs\b",
    "DKK": r"\bDKK\b|\bkr\b",
    "SEK": r"\bSEK\b|\bkr\b",
    "NOK": r"\bNOK\b|\bkr\b",
    "PLN": r"\bPLN\b|\bzł",
    "CZK": r"\bCZK\b|\bKč",
}


@rule
def fields_fit_kind(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A booking needs all of its fields and its sign, and what is no booking must bring no amounts into the ledger."""
    kind = answer["kind"]
    for name in NEEDED[kind]:
        if answer[name] in (None, []):
            return violation(
                f"$.{name}", f"A document of the kind {kind} has this field.", expected="as in the document"
            )
    for name in EMPTY[kind]:
        if answer[name] not in (None, []):
            empty = "[]" if isinstance(answer[name], list) else "null"
            message = f"A document of the kind {kind} leaves this field empty."
            return violation(f"$.{name}", message, found=answer[name], expected=empty)
    if kind == "credit_note" and answer["total"] >= 0:
        return violation("$.total", "A credit note is negative.", found=answer["total"], expected="negative quantities")
    if kind == "invoice" and answer["total"] < 0:
        return violation("$.total", "An invoice is not negative.", found=answer["total"], expected="kind credit_note")
    return None


@rule
def lines_are_priced(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Iterator[Violation]:
    """A digit misread shows here: quantity times price, less the discount, is the amount of a line."""
    for index, line in enumerate(answer["lines"]):
        product = line["quantity"] * line["unit_price"] * (1 - line["discount"] / 100)
        if abs(product - line["amount"]) > ROUNDING:
            message = "Quantity times unit price, less the discount, is not the amount."
            path, expected = f"$.lines[{index}].amount", f"about {_cents(product)}"
            yield violation(path, message, found=line["amount"], expected=expected)


lines_make_net = sums.adds_up(
    "$.net",
    "$.lines[*].amount",
    tolerance=ROUNDING,
    description="A line that was skipped, or a subtotal that was taken for one, shows here: the amounts make net.",
)


@rule
def taxes_follow(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Iterator[Violation]:
    """Tax follows from a rate that exists and its base: what the tax office checks first."""
    for index, tax in enumerate(answer["taxes"]):
        path = f"$.taxes[{index}]"
        if tax["rate"] not in RATES and answer["currency"] != "USD":
            yield violation(f"{path}.rate", "No country that we buy from has this VAT rate.", found=tax["rate"])
        due = tax["base"] * tax["rate"] / 100
        if abs(due - tax["amount"]) > TAX_ROUNDING:
            message = f"{written.plain(tax['rate'])} percent of {tax['base']} is not this amount."
            yield violation(f"{path}.amount", message, found=tax["amount"], expected=f"about {_cents(due)}")


bases_make_net = sums.adds_up(
    "$.net",
    "$.taxes[*].base",
    tolerance=ROUNDING,
    description="A rate that was left out leaves a part of net untaxed: the bases of all rates make net.",
)

taxes_make_total = sums.adds_up(
    "$.total",
    "$.net",
    "$.taxes[*].amount",
    tolerance=ROUNDING,
    description="The total is net plus all taxes, whatever else is printed beside it.",
)

parts_make_total = sums.adds_up(
    "$.total",
    "$.payable",
    "$.prepaid",
    tolerance=ROUNDING,
    description="What was paid before and what is left to pay make the total; else it is paid twice.",
)

issued_near_receipt = dates.near(
    "$.invoice_date",
    "received",
    before=DAYS_BACK,
    after=DAYS_AHEAD,
    description="Day and month swapped, or a date taken from elsewhere, often end in the future or long ago.",
)

due_after_issue = dates.in_order(
    "$.invoice_date",
    "$.due_date",
    description="A due date before the invoice date is another date: of an order, a delivery or a scan.",
)


@rule
def terms_are_usual(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Nobody gives half a year to pay: the year of one of the dates was misread."""
    issued, due = answer["invoice_date"], answer["due_date"]
    if answer["kind"] != "invoice" or not (issued and due) or (due - issued).days <= DAYS_OF_TERMS:
        return None
    message = f"This is more than {DAYS_OF_TERMS} days after the invoice date, {issued}."
    return violation("$.due_date", message, found=due, expected="as printed, or by the terms")


@rule
def dates_stand_in_text(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Models complete dates that are not there; an invented due date is paid too early or too late."""
    text, issued, due = _text(event), answer["invoice_date"], answer["due_date"]
    if issued and not written.has_date(text, issued):
        return violation(
            "$.invoice_date", "This date is not in the document.", found=issued, expected="copied, or null"
        )
    if due is None or written.has_date(text, due) or (issued and due in written.dates_by_terms(text, issued)):
        return None
    message = "This date is neither in the document nor the invoice date plus the days that it names."
    return violation("$.due_date", message, found=due, expected="copied or by the terms, or null")


invoice_number_from_text = texts.quoted(
    "$.invoice_number", description="A number from an example or thin air is booked under another invoice's name."
)

purchase_order_from_text = texts.quoted(
    "$.purchase_order", description="A wrong order number charges the invoice to somebody else's budget."
)

iban_from_text = texts.quoted(
    "$.iban", description="Money goes to the account that the document names, however it spaces the digits."
)


@rule
def account_is_theirs(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Our own account stands in many documents, and scans misread digits: neither may be paid to."""
    if answer["iban"] in OWN_ACCOUNTS:
        return violation("$.iban", "This is Kettlemoor's own account.", found=answer["iban"], expected="null")
    if answer["iban"] is not None and not written.is_iban(answer["iban"]):
        message = "The check digits of this account do not fit: a digit was misread."
        return violation("$.iban", message, found=answer["iban"])
    return None


@rule
def amounts_from_text(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Iterator[Violation]:
    """Amounts come from the document, however it groups their digits, and not from an example or thin air."""
    text = _text(event)
    for index, line in enumerate(answer["lines"]):
        if not any(written.has_amount(text, line[name]) for name in ("amount", "unit_price")):
            message = "Neither the amount nor the unit price of this line is in the document."
            yield violation(f"$.lines[{index}]", message, found=line["amount"])
    for name in ("total", "payable"):
        if answer[name] and not written.has_amount(text, answer[name]):
            yield violation(f"$.{name}", "This amount is not in the document.", found=answer[name])


@rule
def currency_stands_in_text(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A currency guessed from the supplier's country pays ten times too much or too little."""
    currency, text = answer["currency"], _text(event)
    named = [name for name, pattern in CURRENCIES.items() if re.search(pattern, text, re.IGNORECASE)]
    # Where none is named, the supplier's own counts, if we know it.
    named = named or [row["currency"] for row in _suppliers(passages) if row["supplier"] == answer["supplier"]]
    if currency is None or currency in named or not named:
        return None
    message = "The document does not name this currency."
    return violation("$.currency", message, found=currency, expected=" or ".join(named))


@rule
def supplier_as_listed(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """One supplier under two names is paid twice: the list's name counts, and the VAT number settles who it is."""
    name, text = answer["supplier"], written.squash(_text(event))
    suppliers = _suppliers(passages)
    if name is None or any(supplier["supplier"] == name for supplier in suppliers):
        return None
    for supplier in suppliers:
        names = (supplier["supplier"], *supplier.get("aliases", "").split(" | "))
        vat_id = written.squash(supplier.get("vat_id", ""))
        if written.squash(name) in map(written.squash, names) or (vat_id and vat_id in text):
            message = "The supplier list has another name for this supplier."
            return violation("$.supplier", message, found=name, expected=supplier["supplier"])
    return None


@rule(then="review")
def account_on_file(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A changed bank account is the usual fraud; a person calls the supplier before anything is paid."""
    for supplier in _suppliers(passages):
        account = supplier.get("iban", "")
        if answer["iban"] and supplier["supplier"] == answer["supplier"] and account != answer["iban"]:
            message = "This is not the account that we have on file for the supplier."
            return violation("$.iban", message, found=answer["iban"], expected=account or "none on file")
    return None


@rule(then="review")
def number_and_date(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """The tax office takes no invoice without them; asked again a model would invent, so a person asks the supplier."""
    for name in ("invoice_number", "invoice_date"):
        if answer[name] is None and answer["kind"] in ("invoice", "credit_note"):
            return violation(f"$.{name}", "An invoice cannot be booked without it.", expected="asked of the supplier")
    return None


@rule(then="review")
def over_limit(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Large sums are signed by a person, however sure everybody is."""
    amount = max(abs(answer["total"] or 0), abs(answer["payable"] or 0))
    limit = LIMITS.get(answer["currency"])
    if limit is None or amount <= limit:
        return None
    return violation("$.total", f"Above {limit} {answer['currency']} a person signs.", found=amount)


def _text(event: Event) -> str:
    return str(event.input.get("text", ""))


def _suppliers(passages: tuple[Passage, ...]) -> tuple[Mapping[str, str], ...]:
    """The rows of the supplier list among the passages."""
    return tuple(passage.columns for passage in passages if passage.columns.get("supplier"))


def _cents(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"))
