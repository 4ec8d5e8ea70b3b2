"""What the model saw of the knowledge base, with the words that the event has, too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.review.web import matching
from processor.review.web.item import texts as item_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLD = 900
"""Characters of a passage after which it is folded: several are read beside each other."""

_WRAPPED = re.compile(r"(?<=\S)\n(?=[^\s#>|*+\-\d])")
"""Where Markdown only goes on in the next line: not before headings, lists, tables and quotes."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as it is shown: its record, its text in pieces, the rest of it that is folded, and an example's parts.

    `given` and `answer` are JSON in lines, empty for a document.
    """

    record: Mapping[str, Any]
    head: tuple[matching.Part, ...]
    rest: tuple[matching.Part, ...]
    size: int
    given: str = ""
    answer: str = ""


def shown(passages: Sequence[Mapping[str, Any]], text: str) -> tuple[Passage, ...]:
    """The passages of a review record, ready for a page; `text` is all that the event says."""
    wanted = matching.words(text)
    return tuple(_passage(each, wanted) for each in passages)


def _passage(record: Mapping[str, Any], wanted: frozenset[str]) -> Passage:
    said = str(record["text"])
    text = item_texts.folded(_WRAPPED.sub(" ", said) if str(record["source"]).endswith(".md") else said, FOLD)
    return Passage(
        record,
        matching.parts(text.head, wanted),
        matching.parts(text.rest, wanted),
        text.size,
        _json(record.get("input")),
        _json(record.get("answer")),
    )


def _json(value: Any) -> str:
    return "" if value is None else item_texts.pretty(value)
