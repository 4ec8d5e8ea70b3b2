"""Which words of an event's text a passage has, too: what made it be found, at a glance."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")

SHORTEST = 3
"""Letters: shorter words are everywhere; numbers count at any length."""

MOST_WORDS = 2000
"""Different words of an event's text that are looked for."""

_EVERYWHERE = frozenset(
    [
        "about",
        "after",
        "again",
        "all",
        "also",
        "and",
        "any",
        "are",
        "because",
        "been",
        "before",
        "but",
        "can",
        "could",
        "did",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "her",
        "him",
        "his",
        "how",
        "into",
        "its",
        "just",
        "more",
        "not",
        "now",
        "one",
        "only",
        "our",
        "out",
        "over",
        "she",
        "should",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "too",
        "until",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
"""Words that tell nothing about a text in English; in other languages a few marks too many do no harm."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, in order; all of them put together are the text."""

    text: str
    matched: bool = False


def words(text: str) -> frozenset[str]:
    """The words of a text that are worth looking for, in the form in which they are compared."""
    found: set[str] = set()
    for each in _WORD.finditer(text):
        form = _form(each.group())
        if form:
            found.add(form)
        if len(found) == MOST_WORDS:
            break
    return frozenset(found)


def parts(text: str, wanted: frozenset[str]) -> tuple[Part, ...]:
    """The text in pieces, those matched that are words of `wanted`; neighbours that both matched are one piece."""
    spans: list[list[int]] = []
    for each in _WORD.finditer(text):
        if _form(each.group()) not in wanted:
            continue
        if spans and not text[spans[-1][1] : each.start()].strip():
            spans[-1][1] = each.end()
        else:
            spans.append([each.start(), each.end()])
    found: list[Part] = []
    end = 0
    for start, stop in spans:
        if start > end:
            found.append(Part(text[end:start]))
        found.append(Part(text[start:stop], matched=True))
        end = stop
    if end < len(text):
        found.append(Part(text[end:]))
    return tuple(found)


def _form(word: str) -> str:
    """A word as it is compared: case and a plural's s do not count; empty for one that tells nothing."""
    folded = word.casefold()
    if folded.isnumeric():
        return folded
    if len(folded) < SHORTEST or folded in _EVERYWHERE:
        return ""
    return folded.removesuffix("s") if len(folded) > SHORTEST else folded
