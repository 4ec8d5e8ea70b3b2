"""Retrieval on the way of an event: several queries to Weaviate at once, by vector, by keyword or by both."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from weaviate.classes.query import Filter, HybridFusion, MetadataQuery

from processor.adapters import weaviate_client
from processor.core import errors
from processor.core.lookup import collections, entry, neighbours, query
from processor.core.records import Passage, Query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from weaviate.collections import CollectionAsync
    from weaviate.collections.classes.filters import _Filters

    Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]

_SCORES = MetadataQuery(distance=True, score=True)
_SEARCHED = ["text", "title"]


class Retriever:
    """Asks Weaviate. Connects at the first query, so that a worker can start while Weaviate is away.

    Args:
        url: of Weaviate's REST side.
        grpc: `host:port` of its gRPC side; empty for port 50051 of the same host.
        api_key: empty where access is anonymous.
        embed: gives vectors of texts.
        embedding_model: its model's name; a collection whose vectors another model made is refused.
        seconds: time limit of all searches of one `retrieve`.
    """

    def __init__(
        self, *, url: str, grpc: str, api_key: str, embed: Embed, embedding_model: str, seconds: float = 10.0
    ) -> None:
        self._client = weaviate_client.connect(url, grpc, api_key, seconds)
        self._embed = embed
        self._embedding_model = embedding_model
        self._seconds = seconds
        self._connecting = asyncio.Lock()
        self._open: dict[str, CollectionAsync[Any, Any]] = {}

    async def connect(self) -> None:
        """Connect now rather than at the first query.

        Raises:
            Unavailable: Weaviate is away.
            Misconfigured: it refuses the key.
        """
        async with self._connecting:
            await weaviate_client.ready(self._client, self._seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def retrieve(self, queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        """The passages for all queries; within those of one name, each text once.

        They come in the order of the queries, within one by falling score: cosine similarity for `alpha` 1, BM25 for 0,
        in between Weaviate's relative score fusion (1.0 is best in both). Neighbours stand beside what was found. Of a
        query's text the head is used (`collections.searched`); an empty one, or an empty filter, finds nothing.

        Raises:
            Unavailable: Weaviate or the embeddings server is away or slow.
            Misconfigured: a key, or a collection that is missing or holds another model's vectors.
            Refused: the embedding model can never accept the text.
        """
        asked = [(each, collections.searched(each.text)) for each in queries if query.answerable(each)]
        # Held from here on: another event's search may meanwhile find a collection gone, and close it.
        opened = {each.collection: await self._opened(each.collection) for each, _ in asked}
        vectors = await self._vectors([text for each, text in asked if each.alpha > 0])
        searches = (self._search(opened[each.collection], each, text, vectors.get(text)) for each, text in asked)
        outcomes = await asyncio.gather(*searches, return_exceptions=True)
        found: dict[tuple[str, str], Passage] = {}
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            for passage in outcome:
                found.setdefault((passage.retrieval, passage.content_hash), passage)
        return tuple(found.values())

    async def _opened(self, name: str) -> CollectionAsync[Any, Any]:
        """The collection, looked at when it is opened."""
        if name in self._open:
            return self._open[name]
        if not self._client.is_connected():
            await self.connect()
        async with weaviate_client.edge(name, self._seconds):
            collection = self._client.collections.use(name)
            config = await collection.config.get(simple=True)
        vectors = collections.described(config.description)
        if vectors is None or vectors.model != self._embedding_model:
            raise self._other_model(name, vectors.model if vectors else "something else than untuned")
        if vectors.layout != collections.LAYOUT:
            message = f"collection {name} was stored by another version of untuned: untuned knowledge load TASK"
            raise errors.Misconfigured("weaviate", message, shared=False)
        self._open[name] = collection
        return collection

    def _other_model(self, name: str, made: str) -> errors.Misconfigured:
        message = f"collection {name} was made with {made}, but OPENAI_EMBEDDING_MODEL is {self._embedding_model}"
        return errors.Misconfigured(
            "weaviate", f"{message}: set it, or untuned knowledge load TASK --rebuild", shared=False
        )

    async def _vectors(self, texts: Sequence[str]) -> Mapping[str, list[float]]:
        distinct = list(dict.fromkeys(texts))
        return dict(zip(distinct, await self._embed(distinct), strict=True)) if distinct else {}

    async def _search(
        self, collection: CollectionAsync[Any, Any], asked: Query, text: str, vector: list[float] | None
    ) -> list[Passage]:
        try:
            async with weaviate_client.edge(asked.collection, self._seconds):
                items = await _ask(collection, asked, text, vector)
                self._hold_to_model(asked.collection, items)
                hits = (_passage(asked, item) for item in items)
                found = sorted(
                    (hit for hit in hits if hit.score >= asked.min_score), key=lambda hit: (-hit.score, hit.id)
                )
                around = neighbours.wanted(found, asked.neighbours) if asked.neighbours else ()
                others = await _fetch(collection, asked, around) if around else []
        except errors.Misconfigured:
            self._open.pop(asked.collection, None)  # it may be made anew, so it is looked at again
            raise
        return neighbours.join(found, (_passage(asked, item) for item in others), asked.neighbours) if around else found

    def _hold_to_model(self, name: str, items: Sequence[Any]) -> None:
        # A collection can be made anew, with another model's vectors, while it is open here.
        for item in items:
            if item.properties["embedding_model"] != self._embedding_model:
                raise self._other_model(name, item.properties["embedding_model"])


async def _ask(collection: CollectionAsync[Any, Any], asked: Query, text: str, vector: list[float] | None) -> list[Any]:
    common: dict[str, Any] = {"limit": asked.top_k, "return_metadata": _SCORES, "filters": _where(asked, asked.only)}
    search = collection.query
    if vector is None:
        found = await search.bm25(text, query_properties=_SEARCHED, **common)
    elif asked.alpha < 1:
        found = await search.hybrid(
            text,
            vector=vector,
            alpha=asked.alpha,
            query_properties=_SEARCHED,
            fusion_type=HybridFusion.RELATIVE_SCORE,
            **common,
        )
    else:
        found = await search.near_vector(vector, **common)
    return list(found.objects)


async def _fetch(collection: CollectionAsync[Any, Any], asked: Query, ids: tuple[str, ...]) -> list[Any]:
    """Passages by their ids, held to the same conditions as those that were searched for."""
    found = await collection.query.fetch_objects(limit=len(ids), filters=_where(asked, ids))
    return list(found.objects)


def _where(asked: Query, ids: tuple[str, ...]) -> _Filters | None:
    conditions = [
        Filter.by_property("labels").contains_any([entry.label(name, value)]) for name, value in asked.filters.items()
    ]
    if asked.files:
        conditions.append(Filter.any_of([Filter.by_property("source").like(pattern) for pattern in asked.files]))
    if asked.visible_to is not None:
        # Half a surrogate pair, which no request can carry, becomes a question mark; the core looks at it once more.
        values = [value.encode("utf-8", "replace").decode() for value in sorted(asked.visible_to)]
        conditions.append(Filter.by_property("visible_to").contains_any(values))
    if ids:
        conditions.append(Filter.by_property("passage_id").contains_any(list(ids)))
    return Filter.all_of(conditions) if conditions else None


def _passage(asked: Query, item: Any) -> Passage:
    kept = item.properties
    distance = item.metadata.distance
    return Passage(
        id=kept["passage_id"],
        kind=asked.kind,
        source=kept["source"],
        title=kept["title"],
        text=kept["text"],
        input=kept.get("input"),
        answer=kept.get("answer"),
        score=(item.metadata.score or 0.0) if distance is None else 1 - distance,
        content_hash=kept["content_hash"],
        retrieval=asked.name,
        columns=json.loads(kept["columns"]),
        position=kept["position"],
        visible_to=tuple(kept.get("visible_to") or ()),
    )
