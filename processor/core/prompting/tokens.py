"""Tokens of a text, counted or estimated before anything is spent; the server's own count is what is billed.

The estimate goes by the kinds of characters, as byte-level BPE vocabularies treat them:

- letters a-z: two a token, the first of a word may be a capital; one token more for each j, q and x, for each
  consonant after three, and for a capital amid a word; words of capitals: five letters four tokens;
- letters mixed with digits (article numbers, hashes, base64), and digits: one token a character;
- one space before a word or a sign: nothing; more, or before anything else: one token, and one more for every 16;
- a newline: one token, and one more for every two; tabs, signs, and each byte of everything else: one token.

English prose costs about half of that. The tests hold it to a vocabulary: no text of the shipped tasks, of many
languages or of letters at random takes more tokens there than estimated. It is no proof: letters chosen to be rare in
pairs can take up to twice as many.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PER_MESSAGE = 6
"""What a chat template puts around a message: two control tokens, the role, line ends."""

PER_PROMPT = 6
"""What it puts around all of them: the text's beginning, and the turn that the model is to fill."""

REMEMBERED = 4096
"""Characters of the longest text whose estimate is remembered: events may be huge, and come once."""

# Linear whatever stands in the text: each kind takes its whole run without looking ahead.
_KINDS = re.compile(r"(?P<run>[A-Za-z0-9]+)|(?P<space> +)|(?P<lines>\n+)|(?P<other>[^A-Za-z0-9 \n]+)")
_DIGIT = re.compile(r"[0-9]")
_WORDS = re.compile(r"(?P<word>[A-Z]?[a-z]+)|(?P<capitals>[A-Z]+)")
_RARE = re.compile(r"[jqx]", re.IGNORECASE)
_CLUSTER = re.compile(r"(?<=[b-df-hj-np-tv-xz]{3})[b-df-hj-np-tv-xz]", re.IGNORECASE)
_JOINS = re.compile(r"[!-/:-~]")
_SPACES = 16


@dataclass(frozen=True, slots=True)
class Counter:
    """How tokens are counted: `count` gives those of a text, `name` says by what."""

    name: str
    count: Callable[[str], int]


def estimate(text: str) -> int:
    """The estimated number of tokens of `text`, meant never to be too low."""
    return _remembered(text) if len(text) <= REMEMBERED else _estimate(text)


def _estimate(text: str) -> int:
    return sum(_size(found, text) for found in _KINDS.finditer(text))


_remembered = functools.lru_cache(maxsize=1024)(_estimate)  # system blocks, passages and examples come again and again


ESTIMATE = Counter("estimate", estimate)
"""For models whose tokenizer is not known."""


def _size(found: re.Match[str], text: str) -> int:
    part, length = found.group(), len(found.group())
    match found.lastgroup:
        case "run" if _DIGIT.search(part):
            return length
        case "run":
            return sum(map(_word, _WORDS.finditer(part)))
        case "lines":
            return 1 + length // 2
        case "space":
            joined = _JOINS.match(text, found.end()) is not None
            return (length > 1) + (not joined) + length // _SPACES
        case _:
            return len(part.encode("utf-8", "replace"))


def _word(found: re.Match[str]) -> int:
    part, length = found.group(), len(found.group())
    if found.lastgroup == "capitals":
        return -(-length * 4 // 5)
    unusual = len(_RARE.findall(part)) + len(_CLUSTER.findall(part)) + (found.start() > 0)
    return min(length, -(-length // 2) + unusual)
