"""A user's labels as symbols of an Avro enum, and back."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 60
"""Characters of a symbol: a model has to write it."""


def of(labels: Iterable[str]) -> dict[str, str]:
    """A symbol for each label: the label itself where it is one, else as near to it as Avro's names allow.

    Symbols begin with a letter or underscore and hold letters, digits and underscores (ASCII). No two labels share one,
    letter case aside, so that a model can tell them apart.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    # Labels that are symbols already keep their names.
    for label in sorted(dict.fromkeys(labels), key=lambda label: (not _is_symbol(label), label)):
        base = label if _is_symbol(label) else _near(label)
        symbol, number = base, 1
        while symbol.casefold() in taken:
            number += 1
            symbol = f"{base}_{number}"
        taken.add(symbol.casefold())
        found[label] = symbol
    return found


def _is_symbol(label: str) -> bool:
    return len(label) <= LIMIT and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", label) is not None


def _near(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label.replace("ß", "ss")).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:LIMIT].rstrip("_")
    if not words:
        return "label"
    return words if words[0].isalpha() else f"n_{words}"
