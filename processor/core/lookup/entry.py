"""What is kept in the vector store for a piece of a document or a labelled example."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL_CHARACTERS = 200
"""A longer value is text, not a property to filter by."""


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
        columns: a table row's values by column name, or a document's front matter by key.
        visible_to: as in `records.Passage`.
    """

    id: str
    source: str
    position: int
    title: str
    text: str
    input: str | None = None
    answer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    visible_to: tuple[str, ...] = ()

    @property
    def embedded(self) -> str:
        """The text that its vector is of."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def content_hash(self) -> str:
        """The first 16 hex digits of SHA-256 over everything that the model may see of it."""
        seen = json.dumps([self.title, self.text, self.input, self.answer])
        return hashlib.sha256(seen.encode()).hexdigest()[:16]

    @property
    def properties(self) -> Mapping[str, str]:
        """What filters can ask for: `source`, `title`, an example's input texts, and the columns, which win."""
        given = json.loads(self.input) if self.input else {}
        texts = {name: value.strip() for name, value in given.items() if isinstance(value, str)}
        return {"source": self.source, "title": self.title, **texts, **self.columns}

    @property
    def labels(self) -> tuple[str, ...]:
        """The properties as they are stored: one text each, so that any file may bring columns of its own."""
        held = self.properties.items()
        return tuple(label(name, value) for name, value in held if 0 < len(value) <= LABEL_CHARACTERS)

    @property
    def version(self) -> str:
        """Like the content hash, over all that is stored: what differs in it is written anew."""
        kept = json.dumps([self.content_hash, self.labels, self.visible_to, dict(self.columns)])
        return hashlib.sha256(kept.encode()).hexdigest()[:16]


def place(source: str, position: int) -> str:
    """The id of a document's piece."""
    return f"{source}#{position}"


def label(name: str, value: str) -> str:
    """A property with its value as one text that no other pair gives."""
    return json.dumps([name, value])


def fact(
    source: str,
    position: int,
    title: str,
    text: str,
    *,
    columns: Mapping[str, str] | None = None,
    visible_to: tuple[str, ...] = (),
) -> Entry:
    """A piece of a document."""
    return Entry(place(source, position), source, position, title, text, columns=columns or {}, visible_to=visible_to)


def example(
    source: str,
    name: str,
    given: Mapping[str, Any],
    answer: Mapping[str, Any],
    text: str,
    *,
    visible_to: tuple[str, ...] = (),
) -> Entry:
    """A labelled example.

    Args:
        source: the examples file's name.
        name: the example's own id, unique in its file.
        given: its input object.
        answer: its answer object.
        text: what it is searched by: the task's query template over `given`.
        visible_to: as in `Entry`.
    """
    return Entry(
        id=f"{source}#{name}",
        source=source,
        position=0,
        title="",
        text=text,
        input=json.dumps(given, ensure_ascii=False),
        answer=json.dumps(answer, ensure_ascii=False),
        visible_to=visible_to,
    )
