"""What is kept in the vector store for a piece of a document or a labelled example."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage to be, as in `records.Passage`.

    Attributes:
        id: source and position, e.g. `returns.md#3`; of an example, source and its own id.
        source: the file inside the task's folder for knowledge, or the examples file.
        position: counted from 0 within a document; 0 for an example, whose place in the file means nothing.
        title: the headings above it; empty for an example.
        text: the chunk, or what an example is searched by.
        input: an example's input object as JSON text; None for a fact.
        answer: an example's answer object as JSON text; None for a fact.
    """

    id: str
    source: str
    position: int
    title: str
    text: str
    input: str | None = None
    answer: str | None = None

    @property
    def embedded(self) -> str:
        """The text that its vector is of."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def content_hash(self) -> str:
        """The first 16 hex digits of SHA-256 over everything that the model may see of it."""
        seen = json.dumps([self.title, self.text, self.input, self.answer])
        return hashlib.sha256(seen.encode()).hexdigest()[:16]


def fact(source: str, position: int, title: str, text: str) -> Entry:
    """A piece of a document."""
    return Entry(f"{source}#{position}", source, position, title, text)


def example(source: str, name: str, given: Mapping[str, Any], answer: Mapping[str, Any], text: str) -> Entry:
    """A labelled example.

    Args:
        source: the examples file's name.
        name: the example's own id, unique in its file.
        given: its input object.
        answer: its answer object.
        text: what it is searched by: the task's query template over `given`.
    """
    return Entry(
        id=f"{source}#{name}",
        source=source,
        position=0,
        title="",
        text=text,
        input=json.dumps(given, ensure_ascii=False),
        answer=json.dumps(answer, ensure_ascii=False),
    )
