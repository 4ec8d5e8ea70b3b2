"""Fakes at the pipeline's seams; tests/contract holds each to the same assertions as the real adapter."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.lookup import collections, neighbours, query
from processor.core.prompting import tokens
from processor.core.records import Completion, Passage, Query, Reason, Usage
from processor.knowledge import offline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.lookup.entry import Entry
    from processor.core.records import Prompt

DIMENSIONS = 512


async def embed_words(texts: Sequence[str]) -> list[list[float]]:
    """Vectors without a model: each word counts in a dimension of its own, so texts are near that share words."""
    return [_vector(text) for text in texts]


class FakeRetrieve:
    """Retrieval over entries in memory, by collection name; `await fake(queries)` as `retrieve` in the pipeline."""

    def __init__(self, entries: Mapping[str, Sequence[Entry]]) -> None:
        self.entries = entries

    async def __call__(self, queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        found: dict[tuple[str, str], Passage] = {}
        for asked in queries:
            if not query.answerable(asked):
                continue
            if asked.collection not in self.entries:
                raise errors.Misconfigured("weaviate", f"collection {asked.collection} does not exist")
            for passage in self._search(asked):
                found.setdefault((passage.retrieval, passage.content_hash), passage)
        return tuple(found.values())

    def _search(self, asked: Query) -> list[Passage]:
        text = collections.searched(asked.text)
        open_to = [entry for entry in self.entries[asked.collection] if offline.permits(asked, entry)]
        near = {entry: _cosine(_vector(text), _vector(entry.embedded)) for entry in open_to if _among(asked, entry)}
        shared = {entry: _shared(text, entry.embedded) for entry in near}
        hits = {entry: score for entry, score in shared.items() if score}
        if asked.alpha == 0:
            scores = hits
        elif asked.alpha == 1:
            scores = near
        else:
            vector, keyword = _relative(near), _relative(hits)
            scores = {e: asked.alpha * vector[e] + (1 - asked.alpha) * keyword.get(e, 0.0) for e in near}
        best = sorted(scores, key=lambda entry: (-scores[entry], entry.id))[: asked.top_k]
        found = [_passage(asked, entry, scores[entry]) for entry in best if scores[entry] >= asked.min_score]
        if not asked.neighbours:
            return found
        wanted = neighbours.wanted(found, asked.neighbours)
        around = (_passage(asked, entry, 0.0) for entry in open_to if entry.id in wanted)
        return neighbours.join(found, around, asked.neighbours)


def _among(asked: Query, entry: Entry) -> bool:
    return not asked.only or entry.id in asked.only


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


def _passage(asked: Query, entry: Entry, score: float) -> Passage:
    return Passage(
        id=entry.id,
        kind=asked.kind,
        source=entry.source,
        title=entry.title,
        text=entry.text,
        input=entry.input,
        answer=entry.answer,
        score=score,
        content_hash=entry.content_hash,
        retrieval=asked.name,
        columns=entry.columns,
        position=entry.position,
        visible_to=entry.visible_to,
    )


class FakeComplete:
    """A model in memory that gives the least answer of the schema; `await fake(prompt)` as `complete` in the pipeline.

    Attributes:
        away: nobody answers.
        context: estimated tokens of the longest prompt.
    """

    def __init__(self, *, away: bool = False, context: int = 4096) -> None:
        self.away = away
        self.context = context

    async def __call__(self, prompt: Prompt) -> Completion:
        if self.away:
            raise errors.Unavailable("model", "no connection to the model server")
        size = sum(tokens.estimate(turn.content) for turn in prompt.messages)
        if size > self.context:
            raise errors.Refused(Reason.REQUEST_REJECTED, "the model server rejects the request (HTTP 400)")
        whole = json.dumps(_least(prompt.schema))
        text = whole[: prompt.max_tokens * 2]
        usage = Usage(size, min(prompt.max_tokens, tokens.estimate(whole)))
        return Completion(
            text,
            "stop" if text == whole else "length",
            prompt.endpoint.model or "fake",
            usage,
            0.0,
            confidence=1.0 if prompt.logprobs else None,
            response_format=prompt.endpoint.response_format or "json_schema",
        )


def _least(schema: Mapping[str, Any]) -> Any:
    """The smallest value that a schema of objects, enums, strings and booleans allows."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: _least(part) for name, part in schema["properties"].items()}
    return False if schema["type"] == "boolean" else "x" * schema.get("minLength", 0)
