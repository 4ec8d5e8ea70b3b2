"""Texts for people's terminals. Events, passages and answers are hostile: nothing in them may steer a terminal."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Control characters but for tab and line feed, and what is invisible or turns the direction of a text."""


def safe(text: str) -> str:
    r"""The text with every character that could steer a terminal or hide something written out: `\x1b`, `\u202e`."""
    return _UNSAFE.sub(lambda found: _written_out(found.group()), text)


def safe_json(text: str) -> str:
    """JSON text with the same characters as JSON escapes: it means the same."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def short(text: str, limit: int) -> str:
    """One safe line of at most `limit` characters; what is cut off shows as `…`."""
    line = " ".join(safe(text[: 8 * limit]).split())
    return line if len(line) <= limit and len(text) <= 8 * limit else line[: limit - 1] + "…"


def duration(seconds: float) -> str:
    """A length of time for people: `0.35 s`, `12 s`, `3 min 20 s`, `5 h 2 min`, `3 d 4 h`."""
    if seconds < 10:  # noqa: PLR2004 - two digits that count
        return f"{max(0.0, seconds):.2f} s"
    whole = round(seconds)
    for size, unit, part, part_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {part_unit}"
    return f"{whole} s"


def _written_out(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"  # noqa: PLR2004
