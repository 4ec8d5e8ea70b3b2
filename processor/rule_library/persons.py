"""Where data of persons stand in a text: e-mail addresses, telephone numbers, accounts (IBAN), card numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, get_args

from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Kind = Literal["email", "phone", "iban", "card"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Span = tuple[int, int]

EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}\w{2,24}")
# Loose: whether it is one, its length and its check digits say.
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b", re.IGNORECASE)
CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
SHORTEST_IBAN = 15

PHONE_DIGITS = 7
"""With fewer digits there is no telephone number to look for, and looking costs most."""


def finders(kinds: Sequence[Kind], region: str | None) -> dict[Kind, Callable[[str], Iterator[Span]]]:
    """By kind a function that gives where such data stand, from left to right; without kinds of all.

    Args:
        kinds: of `KINDS`.
        region: by whose rules telephone numbers without a country's code are read; None: they are not found.

    Raises:
        UsageError: there is no such kind or region, or the packages of untuned[rules] are not installed.
    """
    for kind in kinds:
        making.need(kind in KINDS, f"kinds are {', '.join(KINDS)}, not {kind!r}")
    return {kind: _finder(kind, region) for kind in kinds or KINDS}


def _finder(kind: Kind, region: str | None) -> Callable[[str], Iterator[Span]]:
    if kind == "phone":
        return _phones(region)
    if kind == "iban":
        return _accounts()
    if kind == "card":
        return _cards()
    return lambda text: (found.span() for found in EMAIL.finditer(text))


def _accounts() -> Callable[[str], Iterator[Span]]:
    iban = making.load("stdnum.iban")

    def spans(text: str) -> Iterator[Span]:
        end = 0
        while found := IBAN.search(text, end):
            start, end = found.span()
            # In every length: the words behind it look like more of it.
            ends = [start + at for at in range(SHORTEST_IBAN, end - start + 1)]
            fitting = [each for each in ends if text[each - 1] != " " and iban.is_valid(text[start:each])]
            if fitting:
                end = fitting[-1]
                yield start, end
            else:
                end = start + 1  # a word before it may look like its beginning

    return spans


def _cards() -> Callable[[str], Iterator[Span]]:
    luhn = making.load("stdnum.luhn")

    def spans(text: str) -> Iterator[Span]:
        return (found.span() for found in CARD.finditer(text) if luhn.is_valid(re.sub(r"\D", "", found.group())))

    return spans


def _phones(region: str | None) -> Callable[[str], Iterator[Span]]:
    library = making.load("phonenumbers")
    making.need(region is None or region in library.SUPPORTED_REGIONS, f"{region!r} is no region such as GB")

    def spans(text: str) -> Iterator[Span]:
        if sum(map(str.isdigit, text)) < PHONE_DIGITS:
            return iter(())
        return ((found.start, found.end) for found in library.PhoneNumberMatcher(text, region))

    return spans
