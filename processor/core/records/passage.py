"""What is asked of the knowledge base, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Query:
    """What to ask one collection of the vector store for one event.

    Attributes:
        kind: `fact` or `example`.
        collection: its name in the vector store.
        text: what is searched for; an empty one finds nothing.
        alpha: weighs vector (1.0) against keyword (0.0) search; in between is hybrid.
        top_k: how many passages are wanted at the most, neighbours not counted.
        min_score: passages under it are left out.
        name: of the [[retrieval]] table.
        files: patterns of sources (`collections.matches`); empty for all.
        filters: value by property that a passage must have; an empty value is no passage's.
        visible_to: a passage must name one of these; None where the task has no [visibility].
        neighbours: chunks before and after each found one that come along.
        only: ids that a passage must be among; empty for any.
    """

    kind: Literal["fact", "example"]
    collection: str
    text: str
    alpha: float
    top_k: int
    min_score: float = 0.0
    name: str = ""
    files: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    visible_to: frozenset[str] | None = None
    neighbours: int = 0
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved piece of knowledge: a fact (a document's chunk) or a labelled example.

    Attributes:
        id: deterministic, from source and position.
        kind: `fact` or `example`.
        source: the document's path inside the task's knowledge folder.
        title: the headings above it, or empty.
        text: the chunk, or the text that an example is searched by.
        input: an example's input object as JSON text; None for a fact.
        answer: an example's labelled answer as JSON text; None for a fact.
        score: as the vector store gave it, higher is nearer; comparable within one query only.
        content_hash: the first 16 hex digits of SHA-256 over everything that the model may see of it.
        retrieval: the name of the [[retrieval]] table that found it.
        columns: a table row's values by column name, or a document's front matter by key; else empty.
        position: counted from 0 within the document; 0 for an example.
        visible_to: values of the event attribute that [visibility] names, `*` for everybody; empty: nobody's.
    """

    id: str
    kind: Literal["fact", "example"]
    source: str
    title: str
    text: str
    input: str | None
    answer: str | None
    score: float
    content_hash: str
    retrieval: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    position: int = 0
    visible_to: tuple[str, ...] = ()
