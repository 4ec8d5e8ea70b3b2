"""Retrieval on the way of an event: several queries to Weaviate at once, by vector, by keyword or by both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from weaviate.classes.query import HybridFusion, MetadataQuery

from processor.adapters import weaviate_client
from processor.core import collections, errors
from processor.core.records import Passage, Query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from weaviate.collections import CollectionAsync

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
        """The passages for all queries, each passage once.

        They come in the order of the queries, within one by falling score: cosine similarity for `alpha` 1, BM25 for 0,
        in between Weaviate's relative score fusion (1.0 is best in both). Of a query's text the head is used
        (`collections.searched`); an empty one finds nothing.

        Raises:
            Unavailable: Weaviate or the embeddings server is away or slow.
            Misconfigured: a key, or a collection that is missing or holds another model's vectors.
            Refused: the embedding model can never accept the text.
        """
        asked = [(query, text) for query in queries if (text := collections.searched(query.text))]
        for query, _ in asked:
            if query.collection not in self._open:
                await self._check(query.collection)
        vectors = await self._vectors([text for query, text in asked if query.alpha > 0])
        searches = (self._search(query, text, vectors.get(text)) for query, text in asked)
        outcomes = await asyncio.gather(*searches, return_exceptions=True)
        found: dict[str, Passage] = {}
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            for passage in outcome:
                found.setdefault(passage.id, passage)
        return tuple(found.values())

    async def _check(self, name: str) -> None:
        if not self._client.is_connected():
            await self.connect()
        async with weaviate_client.edge(name, self._seconds):
            collection = self._client.collections.use(name)
            config = await collection.config.get(simple=True)
        vectors = collections.described(config.description)
        if vectors is None or vectors.model != self._embedding_model:
            made = vectors.model if vectors else "something else than untuned"
            message = f"collection {name} was made with {made}, but OPENAI_EMBEDDING_MODEL is {self._embedding_model}"
            raise errors.Misconfigured("weaviate", f"{message}: set it, or untuned knowledge load TASK --rebuild")
        self._open[name] = collection

    async def _vectors(self, texts: Sequence[str]) -> Mapping[str, list[float]]:
        distinct = list(dict.fromkeys(texts))
        return dict(zip(distinct, await self._embed(distinct), strict=True)) if distinct else {}

    async def _search(self, query: Query, text: str, vector: list[float] | None) -> list[Passage]:
        search = self._open[query.collection].query
        try:
            async with weaviate_client.edge(query.collection, self._seconds):
                if vector is None:
                    found = await search.bm25(
                        text, query_properties=_SEARCHED, limit=query.top_k, return_metadata=_SCORES
                    )
                elif query.alpha < 1:
                    found = await search.hybrid(
                        text,
                        vector=vector,
                        alpha=query.alpha,
                        query_properties=_SEARCHED,
                        fusion_type=HybridFusion.RELATIVE_SCORE,
                        limit=query.top_k,
                        return_metadata=_SCORES,
                    )
                else:
                    found = await search.near_vector(vector, limit=query.top_k, return_metadata=_SCORES)
        except errors.Misconfigured:
            self._open.pop(query.collection, None)  # it may be made anew, so it is looked at again
            raise
        passages = (_passage(query, item) for item in found.objects)
        wanted = (passage for passage in passages if passage.score >= query.min_score)
        return sorted(wanted, key=lambda passage: (-passage.score, passage.id))


def _passage(query: Query, item: Any) -> Passage:
    kept = item.properties
    distance = item.metadata.distance
    return Passage(
        id=kept["passage_id"],
        kind=query.kind,
        source=kept["source"],
        title=kept["title"],
        text=kept["text"],
        input=kept.get("input"),
        answer=kept.get("answer"),
        score=item.metadata.score if distance is None else 1 - distance,
        content_hash=kept["content_hash"],
    )
