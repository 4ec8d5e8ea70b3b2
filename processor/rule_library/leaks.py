"""What must not leave with an answer: swear words, and data of persons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, get_args

from processor.core.rules import Rule, violation
from processor.rule_library import making, persons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Violation
    from processor.rule_library.making import Options
    from processor.rule_library.persons import Kind


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
    finders = persons.finders(kinds, region)
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for where, text in making.texts(answer, at):
            if found := [NAMES[kind] for kind, spans in finders.items() if any(spans(text))]:
                yield violation(where, f"This holds {' and '.join(found)}.", expected="the same without it")

    return making.make(check, f"{path} holds no data of persons", (path,), options)


NAMES: dict[Kind, str] = {
    "email": "an e-mail address",
    "phone": "a telephone number",
    "iban": "an account number",
    "card": "a card number",
}
