"""What must not leave with an answer: swear words, and data of persons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, Unpack, get_args

from processor.core.rules import Rule, violation
from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.core.records import Violation
    from processor.rule_library.making import Options

Kind = Literal["email", "phone", "iban", "card"]
KINDS: tuple[Kind, ...] = get_args(Kind)

EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}\w{2,24}")
# Loose: whether it is one, its length and its check digits say.
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b", re.IGNORECASE)
CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
SHORTEST_IBAN = 15

PHONE_DIGITS = 7
"""With fewer digits there is no telephone number to look for, and looking costs most."""


def profanity(path: str, *languages: str, **options: Unpack[Options]) -> Rule:
    """A text holds no swear word of these languages, by their English names.

    Disguised ones (`sh1t`) count. Default: English alone, since one language's swear word is another's shopping list.

    Example: `leaks.profanity("$.reply", "english", "german")`
    """
    library = making.load("glin_profanity")
    chosen = list(languages) or ["english"]
    for name in chosen:
        known = get_args(library.Language)
        making.need(name in known, f"no swear words are known in {name!r}: {', '.join(known)}")
    found_in = library.Filter({"languages": chosen, "detect_leetspeak": True, "word_boundaries": True})
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for where, text in making.texts(answer, at):
            found = found_in.check_profanity(text)
            if found["contains_profanity"]:
                words = sorted(set(found["profane_words"]))
                yield violation(where, "This holds swear words.", found=words, expected="the same in polite words")

    return making.make(check, f"{path} holds no swear words", (path,), options)


def personal_data(path: str, *kinds: Kind, region: str | None = None, **options: Unpack[Options]) -> Rule:
    """A text holds no e-mail address, telephone number, account (IBAN) or card number.

    Args:
        path: of a text that is for something else, such as a reason, a summary or a reply.
        kinds: of `email`, `phone`, `iban`, `card`; default: all.
        region: the country, as in `GB`, by whose rules telephone numbers without +44 are read; default: only those
            with a country's code count.
        options: as of `@rule`.

    Accounts and cards count where their check digits fit. What was found is not told, lest it leak there.

    Example: `leaks.personal_data("$.summary", "email", "phone", region="DE")`
    """
    for kind in kinds:
        making.need(kind in KINDS, f"kinds are {', '.join(KINDS)}, not {kind!r}")
    finders = {kind: _finder(kind, region) for kind in kinds or KINDS}
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for where, text in making.texts(answer, at):
            if found := [NAMES[kind] for kind, finds in finders.items() if finds(text)]:
                yield violation(where, f"This holds {' and '.join(found)}.", expected="the same without it")

    return making.make(check, f"{path} holds no data of persons", (path,), options)


NAMES: dict[Kind, str] = {
    "email": "an e-mail address",
    "phone": "a telephone number",
    "iban": "an account number",
    "card": "a card number",
}


def _finder(kind: Kind, region: str | None) -> Callable[[str], bool]:
    if kind == "phone":
        return _phones(region)
    if kind == "iban":
        iban = making.load("stdnum.iban")
        return lambda text: any(map(iban.is_valid, _accounts(text)))
    if kind == "card":
        luhn = making.load("stdnum.luhn")
        return lambda text: any(luhn.is_valid(re.sub(r"\D", "", each.group())) for each in CARD.finditer(text))
    return lambda text: EMAIL.search(text) is not None


def _accounts(text: str) -> Iterator[str]:
    """What may be an account, in every length: the words behind it look like more of it."""
    for found in IBAN.finditer(text):
        signs = found.group().replace(" ", "")
        yield from (signs[:length] for length in range(SHORTEST_IBAN, len(signs) + 1))


def _phones(region: str | None) -> Callable[[str], bool]:
    library = making.load("phonenumbers")
    making.need(region is None or region in library.SUPPORTED_REGIONS, f"{region!r} is no region such as GB")

    def finds(text: str) -> bool:
        if sum(map(str.isdigit, text)) < PHONE_DIGITS:
            return False
        return bool(library.PhoneNumberMatcher(text, region).has_next())

    return finds
