"""What `untuned cases` takes out of the texts that it writes: functions for [cases] `redact`, and no rules.

    no_persons = redacting.personal_data("email", "phone", region="DE")

in the rules module, and `redact = "no_persons"` under `[cases]` in task.toml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.rule_library import persons

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.rule_library.persons import Kind

ORDER: tuple[Kind, ...] = ("email", "iban", "card", "phone")
"""The strictest first: a card's digits may look like a telephone number."""


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
    finders = persons.finders(kinds, region)

    def redact(text: str) -> str:
        for kind in (each for each in ORDER if each in finders):
            for start, end in reversed(list(finders[kind](text))):
                text = f"{text[:start]}[{kind}]{text[end:]}"
        return text

    return redact
