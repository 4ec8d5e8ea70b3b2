"""What a user may be called."""

from __future__ import annotations

import unicodedata

MOST = 100
"""Characters of a name."""


def folded(name: str) -> str:
    """What names have in common that people, and directories, take for one: `Ann`, `ANN`, also in wide letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def checked(name: str) -> str:
    """The name in Unicode's form NFC, without blanks around it.

    Raises:
        ValueError: it is empty, too long, or has characters that nobody sees, such as control characters and marks
            that turn the writing's direction.
    """
    found = unicodedata.normalize("NFC", name.strip())
    if not found:
        raise ValueError("a name is needed")
    if len(found) > MOST:
        raise ValueError(f"a name has at most {MOST} characters")
    if not found.isprintable():
        raise ValueError("a name has printable characters only")
    return found


def as_counted(name: str) -> str:
    """A name as the file of users has it; what can be none is counted as it is."""
    try:
        return checked(name)
    except ValueError:
        return name
