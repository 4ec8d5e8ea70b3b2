"""What `untuned cases` takes out of the texts that it writes: functions for [cases] `redact`, and no rules.

    no_persons = redacting.personal_data("email", "phone", region="DE")

in the rules module, and `redact = "no_persons"` under `[cases]` in task.toml.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from processor.rule_library import leaks, making

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.rule_library.leaks import Kind

ORDER: tuple[Kind, ...] = ("email", "iban", "card", "phone")
"""The strictest first: a card's digits may look like a telephone number."""

Span = tuple[int, int]


def personal_data(*kinds: Kind, region: str | None = None) -> Callable[[str], str]:
    """A function that puts `[email]`, `[phone]`, `[iban]` or `[card]` in place of data of persons.

    Args:
        kinds: of `email`, `phone`, `iban`, `card`; default: all.
        region: the country, as in `GB`, by whose rules telephone numbers without +44 are read; default: only those
            with a country's code are found.

    What it finds is what `leaks.personal_data` finds: accounts and cards count where their check digits fit. Names and
    addresses of streets are found by neither.

    Raises:
        UsageError: there is no such kind or region, or the packages of untuned[rules] are not installed.

    Example: `redacting.personal_data("email", "phone", region="DE")`
    """
    for kind in kinds:
        making.need(kind in leaks.KINDS, f"kinds are {', '.join(leaks.KINDS)}, not {kind!r}")
    finders = {kind: _finder(kind, region) for kind in ORDER if kind in (kinds or ORDER)}

    def redact(text: str) -> str:
        for kind, spans in finders.items():
            for start, end in reversed(list(spans(text))):
                text = f"{text[:start]}[{kind}]{text[end:]}"
        return text

    return redact


def _finder(kind: Kind, region: str | None) -> Callable[[str], Iterator[Span]]:
    if kind == "phone":
        return _phones(region)
    if kind == "iban":
        return _accounts()
    if kind == "card":
        return _cards()
    return lambda text: (found.span() for found in leaks.EMAIL.finditer(text))


def _accounts() -> Callable[[str], Iterator[Span]]:
    iban = making.load("stdnum.iban")

    def spans(text: str) -> Iterator[Span]:
        end = 0
        while found := leaks.IBAN.search(text, end):
            start, end = found.span()
            ends = [start + at for at in range(leaks.SHORTEST_IBAN, end - start + 1)]
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
        return (found.span() for found in leaks.CARD.finditer(text) if luhn.is_valid(re.sub(r"\D", "", found.group())))

    return spans


def _phones(region: str | None) -> Callable[[str], Iterator[Span]]:
    library = making.load("phonenumbers")
    making.need(region is None or region in library.SUPPORTED_REGIONS, f"{region!r} is no region such as GB")

    def spans(text: str) -> Iterator[Span]:
        return ((found.start, found.end) for found in library.PhoneNumberMatcher(text, region))

    return spans
