"""Amounts, dates, terms and accounts as documents write them: does this value stand in that text?

Documents come from many countries and from bad scans, so every usual writing counts, and letters that scans take for
digits. All patterns are bounded, since the text is hostile: none of them can be made to run for long.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

MONTHS = (
    "jan|ene",
    "feb|fév|fev",
    "mar|mär|maa|mrt",
    "apr|avr|abr",
    "may|mai|mei",
    "jun|juin",
    "jul|juil",
    "aug|aoû|aou|ago",
    "sep|set",
    "oct|okt",
    "nov",
    "dec|dez|déc|dic",
)
"""How months begin in the languages of our suppliers."""

TERMS = re.compile(
    r"\b(\d{1,3})\s{0,2}(?:days?|tagen?|dagen|jours?|d[ií]as?|dgn)\b|\bnet\s{1,2}(\d{1,3})\b", re.IGNORECASE
)
MONTH_END = re.compile(r"\bfin de mois\b|\bfin de mes\b|\bMonatsende\b|\beinde maand\b|\bend of month\b", re.IGNORECASE)
AT_ONCE = re.compile(
    r"\bon receipt\b|\bupon receipt\b|à réception|\bsofort\b|\bper ommegaande\b|\bal contado\b", re.IGNORECASE
)

_SCANNED = {"0": "[0Oo]", "1": "[1Il|]", "5": "[5S]", "8": "[8B]"}
"""Letters that scans take for digits."""


def squash(text: str) -> str:
    """Letters and digits alone, without case."""
    return re.sub(r"[\W_]", "", text.casefold())


def plain(number: Decimal) -> str:
    """A number without exponent and without zeros at the end of its decimals."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digits(text: str) -> str:
    """A pattern for digits as a scan may show them."""
    return "".join(_SCANNED.get(digit, digit) for digit in text)


def has_amount(text: str, amount: Decimal) -> bool:
    """Whether an amount stands in the text with any sign, grouping and decimal mark: 1.234,50 or 1 234.5 or 1'234,-."""
    whole, _, decimals = plain(abs(amount)).partition(".")
    grouped = r"[.,'’\s]?\s?".join(_digits(group) for group in f"{int(whole):,}".split(","))
    tail = rf"[.,]\s?{_digits(decimals)}0{{0,4}}" if decimals else r"(?:[.,]\s?(?:[0Oo]{1,4}|[-–=]{1,2}))?"
    return re.search(rf"(?<!\d)(?<!\d[.,'’]){grouped}{tail}(?!\d|[.,]\d)", text) is not None


def has_date(text: str, date: dt.date) -> bool:
    """Whether a date stands in the text: in figures in any order, or with the month's name, then even without year."""
    day, month = (_digits(str(part)) for part in (date.day, date.month))
    day, month = (rf"[0O]?{part}" for part in (day, month))
    year = rf"(?:{_digits(str(date.year))}|['’]?{_digits(f'{date.year % 100:02d}')})(?!\d)"
    gap, name = r"[\s./-]{1,3}", rf"(?:{MONTHS[date.month - 1]})\w{{0,8}}\b"
    ways = (
        rf"{day}{gap}{month}{gap}{year}",
        rf"{month}{gap}{day}{gap}{year}",
        rf"{date.year}{gap}{month}{gap}{day}(?!\d)",
        rf"{date:%Y%m%d}(?!\d)",
        rf"{day}(?:st|nd|rd|th|er|e)?\W{{1,3}}(?:(?:de|of)\s)?{name}(?:\W{{1,3}}(?:(?:de|del)\s)?{year}|(?!\W{{1,3}}\d{{4}}))",
        rf"{name}\W{{1,3}}{day}(?:st|nd|rd|th)?(?!\d)(?:\W{{1,3}}{year}|(?!\W{{1,3}}\d{{4}}))",
    )
    return any(re.search(rf"(?<!\d){way}", text, re.IGNORECASE) for way in ways)


def dates_by_terms(text: str, issued: dt.date) -> Iterator[dt.date]:
    """The due dates that the terms in the text may mean; none for dates at the end of the calendar."""
    if issued.year > dt.MAXYEAR - 3:
        return
    if AT_ONCE.search(text):
        yield issued
    for days in TERMS.finditer(text):
        due = issued + dt.timedelta(days=int(days.group(1) or days.group(2)))
        yield due
        if MONTH_END.search(text):
            yield due.replace(day=calendar.monthrange(due.year, due.month)[1])


def is_iban(account: str) -> bool:
    """ISO 13616: the number, with its head moved to the end and letters as 10 to 35, leaves 1 when divided by 97."""
    if not re.fullmatch(r"[A-Z0-9]{5,34}", account):
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1
