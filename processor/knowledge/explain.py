"""Why passages are found: beside the score that ranks them, their nearness by meaning and by words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from processor.core.lookup import collections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.core.records import Passage, Query
    from processor.knowledge.load import Search


@dataclass(frozen=True, slots=True)
class Explained:
    """A found passage and why.

    Attributes:
        passage: as the worker gets it.
        vector: cosine similarity to the query.
        keyword: BM25 score; None where it shares no word with the query.
        words: the query's words that stand in it.
    """

    passage: Passage
    vector: float | None
    keyword: float | None
    words: tuple[str, ...]


async def explain(search: Search, queries: Sequence[Query]) -> tuple[Explained, ...]:
    """What the queries find, in the worker's order, each asked once more by vector and once by keyword alone."""
    found: dict[tuple[str, str], Explained] = {}
    for query in queries:
        passages = await search((query,))
        if not passages:
            continue
        only = tuple(passage.id for passage in passages)
        alone = replace(query, only=only, top_k=len(only), min_score=-1.0, neighbours=0)
        vector = await _scores(search, replace(alone, alpha=1.0))
        keyword = await _scores(search, replace(alone, alpha=0.0))
        for passage in passages:
            words = shared(query.text, f"{passage.title} {passage.text}")
            why = Explained(passage, vector.get(passage.id), keyword.get(passage.id), words)
            found.setdefault((passage.retrieval, passage.content_hash), why)
    return tuple(found.values())


def shared(text: str, other: str) -> tuple[str, ...]:
    """The words of a text that another holds too, once each, as Weaviate cuts words: letters and digits, lower case."""
    held = set(_words(other))
    return tuple(dict.fromkeys(word for word in _words(collections.searched(text)) if word in held))


async def _scores(search: Search, query: Query) -> dict[str, float]:
    return {passage.id: passage.score for passage in await search((query,))}


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())
