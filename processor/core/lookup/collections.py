"""How a task's knowledge stands in the vector store: its collections' names, and what their vectors were made with."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

LAYOUT = 2
"""Of what is stored for an entry; a collection with another one is made anew."""

Kind = Literal["fact", "example"]

SEARCHED_CHARACTERS = 2000
"""Characters of a text, from its head, that are embedded and searched with. The common embedding models take 8,191
tokens and refuse more; a character is at the most four tokens."""


def name(prefix: str, task: str, kind: Kind) -> str:
    """The collection of one task's facts or examples, a valid Weaviate class name, e.g. `Untuned_ticket_triage_Fact`.

    Different arguments give different names, letter case aside (Weaviate's folders ignore it): where a character had to
    be replaced, a hash of the arguments stands behind a double underscore, which plain names never have.
    """
    plain = re.fullmatch(r"[a-z][a-z0-9]{0,39}", prefix) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", task)
    if plain and len(task) <= 80:  # noqa: PLR2004 - Weaviate takes 255 in all
        return f"{prefix.capitalize()}_{task.replace('-', '_')}_{kind.capitalize()}"
    digest = hashlib.sha256(f"{prefix}\0{task}".encode()).hexdigest()[:12]
    readable = "_".join(re.findall(r"[A-Za-z0-9]+", f"{prefix[:40]}_{task[:80]}"))
    return f"U_{readable}__{digest}_{kind.capitalize()}"


def matches(source: str, patterns: Iterable[str]) -> bool:
    """Whether a source is meant by one of the patterns: `*` is any characters, also `/`; `?` is any one."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), source, re.DOTALL)
        for pattern in patterns
    )


def searched(text: str) -> str:
    """What of a text is searched with and embedded: its head, without surrounding space or halves of characters.

    JSON can carry one half of a surrogate pair, which UTF-8 cannot; it becomes a question mark.
    """
    return text.strip()[:SEARCHED_CHARACTERS].encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Vectors:
    """What the vectors of a collection were made with; kept as its description. Others cannot be compared with them.

    `layout` is the one that its entries are stored in.
    """

    model: str
    dimensions: int
    layout: int = LAYOUT

    def __str__(self) -> str:
        return f"{self.model} ({self.dimensions} dimensions)"

    def describe(self) -> str:
        """The text that is kept as the collection's description."""
        return json.dumps({"embedding_model": self.model, "dimensions": self.dimensions, "layout": self.layout})


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry as it is stored: where it is from, its hashes as of `entry.Entry`, and when it was written."""

    id: str
    source: str
    content_hash: str
    version: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """What a collection holds, by id, and what its vectors were made with (None: not by untuned)."""

    entries: tuple[Kept, ...]
    vectors: Vectors | None

    @property
    def versions(self) -> Mapping[str, str]:
        """The entries' versions by id."""
        return {kept.id: kept.version for kept in self.entries}


def described(text: str | None) -> Vectors | None:
    """What a collection's description says, None where untuned did not write it."""
    try:
        found = json.loads(text or "")
        return Vectors(str(found["embedding_model"]), int(found["dimensions"]), int(found.get("layout", 1)))
    except (ValueError, KeyError, TypeError):
        return None
