"""Fakes at the pipeline's seams; tests/contract holds each to the same assertions as the real adapter."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from processor.core import collections, errors
from processor.core.records import Passage, Query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.entry import Entry

DIMENSIONS = 512


async def embed_words(texts: Sequence[str]) -> list[list[float]]:
    """Vectors without a model: each word counts in a dimension of its own, so texts are near that share words."""
    return [_vector(text) for text in texts]


class FakeRetrieve:
    """Retrieval over entries in memory, by collection name; `await fake(queries)` as `retrieve` in the pipeline."""

    def __init__(self, entries: Mapping[str, Sequence[Entry]]) -> None:
        self.entries = entries

    async def __call__(self, queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        found: dict[str, Passage] = {}
        for query in queries:
            if not collections.searched(query.text):
                continue
            if query.collection not in self.entries:
                raise errors.Misconfigured("weaviate", f"collection {query.collection} does not exist")
            for passage in self._search(query):
                found.setdefault(passage.id, passage)
        return tuple(found.values())

    def _search(self, query: Query) -> list[Passage]:
        text = collections.searched(query.text)
        near = {entry: _cosine(_vector(text), _vector(entry.embedded)) for entry in self.entries[query.collection]}
        shared = {entry: _shared(text, entry.embedded) for entry in near}
        hits = {entry: score for entry, score in shared.items() if score}
        if query.alpha == 0:
            scores = hits
        elif query.alpha == 1:
            scores = near
        else:
            vector, keyword = _relative(near), _relative(hits)
            scores = {e: query.alpha * vector[e] + (1 - query.alpha) * keyword.get(e, 0.0) for e in near}
        best = sorted(scores, key=lambda entry: (-scores[entry], entry.id))[: query.top_k]
        return [_passage(query, entry, scores[entry]) for entry in best if scores[entry] >= query.min_score]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _vector(text: str) -> list[float]:
    vector = [0.0] * DIMENSIONS
    for word in _words(text) or [text]:
        vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % DIMENSIONS] += 1.0
    return vector


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))


def _shared(text: str, other: str) -> float:
    words = Counter(_words(other))
    return sum(words[word] for word in set(_words(text))) / (1 + len(words))


def _relative(scores: Mapping[Entry, float]) -> dict[Entry, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {entry: (score - low) / (high - low) if high > low else 1.0 for entry, score in scores.items()}


def _passage(query: Query, entry: Entry, score: float) -> Passage:
    return Passage(
        id=entry.id,
        kind=query.kind,
        source=entry.source,
        title=entry.title,
        text=entry.text,
        input=entry.input,
        answer=entry.answer,
        score=score,
        content_hash=entry.content_hash,
    )
