"""Numbers as people write them in orders: digits, fractions and words of English, German, Dutch, French and Spanish.

It answers "can this quantity come from that text?", so every reading that the writing allows counts: 1.000 is one and
a thousand, and a number in an address is a number too. Silence is worth more here than sharpness.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_NUMBERS = 40
"""Of one text that are combined with each other; the others count by themselves."""

MOST_TRIPLES = 8
"""Up to so many numbers, three of them are combined too."""

LONGEST = 40
"""Characters of a word or number that is read as one."""

_ONES = {
    1: "a an one single ein eine einen einem einer eins een un une uno una",
    2: "two both twice pair pairs zwei zwo beide paar twee deux paire paires dos par",
    3: "three drei drie trois tres",
    4: "four vier quatre cuatro",
    5: "five funf fuenf vijf cinq cinco",
    6: "six sechs zes seis",
    7: "seven sieben zeven sept siete",
    8: "eight acht huit ocho",
    9: "nine neun negen neuf nueve",
}
_TEENS = {
    10: "ten zehn tien dix diez dizaine decena tiental",
    11: "eleven elf onze once",
    12: "twelve zwolf zwoelf twaalf douze doce dozen dozens doz dz dutzend dozijn douzaine douzaines docena docenas",
    13: "thirteen dreizehn dertien treize trece",
    14: "fourteen vierzehn veertien quatorze catorce",
    15: "fifteen funfzehn fuenfzehn vijftien quinze quince quinzaine",
    16: "sixteen sechzehn zestien seize dieciseis",
    17: "seventeen siebzehn zeventien diecisiete",
    18: "eighteen achtzehn achttien dieciocho",
    19: "nineteen neunzehn negentien diecinueve",
}
_TENS = {
    20: "twenty score zwanzig twintig vingt vingts vingtaine veinte veintena",
    30: "thirty dreissig dertig trente treinta",
    40: "forty vierzig veertig quarante cuarenta",
    50: "fifty funfzig fuenfzig vijftig cinquante cincuenta",
    60: "sixty sechzig zestig soixante sesenta",
    70: "seventy siebzig zeventig setenta septante",
    80: "eighty achtzig tachtig ochenta",
    90: "ninety neunzig negentig noventa nonante",
}
_LARGE = {
    100: "hundred hundert honderd cent cents cien ciento centaine",
    144: "gross gros",
    1000: "thousand tausend duizend mille mil",
}
_PARTS = {
    "0.5": "half halb halbe halber halben halbes halve demi demie medio media",
    "0.25": "quarter viertel kwart quart cuarto",
    "1.5": "anderthalb anderthalbe eineinhalb anderhalf anderhalve",
    "2.5": "zweieinhalb tweeenhalf tweeenhalve",
}
_VALUES = {
    word: Decimal(value)
    for table in (_ONES, _TEENS, _TENS, _LARGE, _PARTS)
    for value, words in table.items()
    for word in words.split()
}
_COMPOUND = re.compile(rf"(?P<ones>\w+?)(?:und|en)(?P<tens>{'|'.join(' '.join(_TENS.values()).split())})")
_HUNDREDS = re.compile(r"(?P<head>\w*?)(?:hundert|honderd)(?:und|en)?(?P<rest>\w*)")
_VEINTI = re.compile(r"veinti(?P<rest>\w+)")

_FRACTION = re.compile(r"(?:\b(\d{1,9})\s+)?\b(\d{1,9})\s?/\s?([2348])\b")
_DIGITS = re.compile(r"\d{1,3}(?: \d{3})+\b|\d+(?:[.,]\d+)*")
_CODE = re.compile(r"\b[a-z]{2}-?\d{4,}\b|\b\d{1,4}([./-])\d{1,2}\1\d{2,4}\b")
_TOKEN = re.compile(r"[a-z]+|\d[\d.,]*|[^\sa-z\d-]")


def numbers(text: str) -> tuple[Decimal, ...]:
    """Every number that `text` may name, each once, in the order of the text within digits and within words."""
    plain = _CODE.sub(" ", _plain(text))
    found = itertools.chain(_fractions(plain), _digits(plain), _words(plain))
    return tuple(dict.fromkeys(found))


def reachable(given: Iterable[Decimal], pack: Decimal) -> frozenset[Decimal]:
    """The quantities that can be made of the numbers: one, themselves, products and sums, in units or in packs.

    People write "3 rooms, 2 each", "4 for the bar and 6 for the hall", "2 lengths of 3 m and one of 1.5 m".
    """
    every = tuple(dict.fromkeys(given))
    pool = every[:MOST_NUMBERS]
    pairs = tuple(itertools.combinations_with_replacement(pool, 2))
    counts = {Decimal(1), *every, *(one * other for one, other in pairs)}
    sums = {one + other for one, other in pairs}
    if len(pool) <= MOST_TRIPLES:
        for one, two, three in itertools.combinations(pool, 3):
            sums |= {one + two + three, one * two + three, one * three + two, two * three + one}
    return frozenset(counts | sums | {count * pack for count in counts})


def _plain(text: str) -> str:
    """In lower case, without accents; `2½` becomes `2 1/2`."""
    spaced = re.sub(r"([¼½¾⅓⅔⅛])", r" \1", text)
    decomposed = unicodedata.normalize("NFKD", spaced.casefold()).replace("\N{FRACTION SLASH}", "/")
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _fractions(text: str) -> Iterator[Decimal]:
    for whole, above, below in _FRACTION.findall(text):
        yield Decimal(whole or 0) + Decimal(above) / Decimal(below)


def _digits(text: str) -> Iterator[Decimal]:
    for written in _DIGITS.findall(text):
        if len(written) > LONGEST:
            continue
        groups = re.split(r"[., ]", written)
        if all(len(group) == 3 for group in groups[1:]):  # noqa: PLR2004 - the thousands
            yield Decimal("".join(groups))
        if " " in written:
            yield from (Decimal(group) for group in groups)
        elif len(groups) > 1:
            yield Decimal(f"{''.join(groups[:-1])}.{groups[-1]}")


def _words(text: str) -> Iterator[Decimal]:
    """Single number words, and what words in a row say together: `twenty four`, `quatre-vingt`, `two hundred`."""
    run: list[Decimal] = []
    for token in itertools.chain(_TOKEN.findall(text), [""]):
        value = _word(token)
        if value is not None:
            run.append(value)
            if value != 1:  # "a" and "un" are articles first, and one is always reachable
                yield value
        elif token not in ("and", "und", "en", "et", "y"):
            if len(run) > 1:
                yield _together(run)
            run = []


def _together(run: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in run:
        # A larger word multiplies what stands before it: quatre-vingt, two hundred, three dozen.
        total = total * value if 0 < total < value else total + value
    return total


def _word(token: str) -> Decimal | None:
    if token in _VALUES or len(token) > LONGEST:
        return _VALUES.get(token)
    if found := _HUNDREDS.fullmatch(token):
        head, rest = _word(found["head"] or "ein"), _word(found["rest"]) if found["rest"] else Decimal(0)
        return None if head is None or rest is None else head * 100 + rest
    if found := _COMPOUND.fullmatch(token):
        ones = _VALUES.get(found["ones"])
        return None if ones is None else ones + _VALUES[found["tens"]]
    if found := _VEINTI.fullmatch(token):
        ones = _VALUES.get(found["rest"])
        return None if ones is None else ones + 20
    return None
