"""Weaviate as the place where a task's knowledge is kept: collections made, filled, listed and emptied."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from weaviate.classes.config import Configure, DataType, Property, Tokenization, VectorDistances
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter, MetadataQuery

from processor.adapters import weaviate_client
from processor.core import errors
from processor.core.lookup import collections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.core.lookup.entry import Entry

NAMESPACE = uuid.UUID("a2a6a2c4-64a7-5a0c-8d6c-0b9a3b1f6f0e")
"""Of the ids of all objects that untuned keeps: uuid5 over collection and passage id."""

_DELETED_AT_ONCE = 500
_LISTED = ["passage_id", "source", "content_hash", "version"]


class KnowledgeStore:
    """Writes to Weaviate; arguments as of `retrieval.Retriever`, `seconds` for one call.

    Every method raises `Unavailable` where Weaviate is away or slow, `Misconfigured` for a key or a missing collection.
    """

    def __init__(self, *, url: str, grpc: str, api_key: str, seconds: float = 60.0) -> None:
        self._client = weaviate_client.connect(url, grpc, api_key, seconds)
        self._seconds = seconds

    async def connect(self) -> None:
        """Connect; comes before all else."""
        await weaviate_client.ready(self._client, self._seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def stored(self, name: str) -> collections.Stored | None:
        """What a collection holds, None where there is no such collection."""
        async with weaviate_client.edge(name, self._seconds):
            if not await self._client.collections.exists(name):
                return None
            collection = self._client.collections.use(name)
            config = await collection.config.get(simple=True)
            vectors = collections.described(config.description)
            if vectors is None or vectors.layout != collections.LAYOUT:
                return collections.Stored((), vectors)
            held = collection.iterator(return_properties=_LISTED, return_metadata=MetadataQuery(last_update_time=True))
            entries = [_kept(item) async for item in held]
        return collections.Stored(tuple(sorted(entries, key=lambda kept: kept.id)), vectors)

    async def create(self, name: str, vectors: collections.Vectors) -> None:
        """Make an empty collection for vectors that are given with the objects, compared by cosine."""
        searched = {"data_type": DataType.TEXT, "tokenization": Tokenization.WORD, "index_filterable": False}
        exact = {"data_type": DataType.TEXT, "tokenization": Tokenization.FIELD, "index_searchable": False}
        kept = {"data_type": DataType.TEXT, "index_searchable": False, "index_filterable": False}
        kinds: dict[str, dict[str, Any]] = {
            "passage_id": exact,
            "source": exact,
            "position": {"data_type": DataType.INT},
            "title": searched,
            "text": searched,
            "input": kept,
            "answer": kept,
            "content_hash": kept,
            "columns": kept,
            "version": kept,
            "embedding_model": kept,
            "labels": {**exact, "data_type": DataType.TEXT_ARRAY},
            "visible_to": {**exact, "data_type": DataType.TEXT_ARRAY},
        }
        index = Configure.VectorIndex.hnsw(distance_metric=VectorDistances.COSINE)
        async with weaviate_client.edge(name, self._seconds):
            await self._client.collections.create(
                name,
                description=vectors.describe(),
                properties=[Property(name=prop, **settings) for prop, settings in kinds.items()],
                vector_config=Configure.Vectors.self_provided(vector_index_config=index),
            )

    async def drop(self, name: str) -> None:
        """Delete a collection with all that it holds."""
        async with weaviate_client.edge(name, self._seconds):
            await self._client.collections.delete(name)

    async def write(self, name: str, model: str, entries: Sequence[Entry], vectors: Sequence[list[float]]) -> None:
        """Add or replace entries; `vectors` are one for each, made by the embedding model `model`."""
        objects = [
            DataObject(
                uuid=_object_id(name, entry.id),
                properties={**_properties(entry), "embedding_model": model},
                vector=vector,
            )
            for entry, vector in zip(entries, vectors, strict=True)
        ]
        async with weaviate_client.edge(name, self._seconds):
            outcome = await self._client.collections.use(name).data.insert_many(objects)
        if outcome.errors:
            first = entries[min(outcome.errors)].id
            message = f"Weaviate refused {len(outcome.errors)} of {len(entries)} entries of {name}, the first: {first}"
            raise errors.Misconfigured("weaviate", message)

    async def delete(self, name: str, ids: Sequence[str]) -> None:
        """Delete entries by their passage ids."""
        data = self._client.collections.use(name).data
        for start in range(0, len(ids), _DELETED_AT_ONCE):
            batch = [_object_id(name, passage_id) for passage_id in ids[start : start + _DELETED_AT_ONCE]]
            async with weaviate_client.edge(name, self._seconds):
                await data.delete_many(where=Filter.by_id().contains_any(batch))


def _object_id(name: str, passage_id: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{name}/{passage_id}")


def _properties(entry: Entry) -> dict[str, Any]:
    return {
        "passage_id": entry.id,
        "source": entry.source,
        "position": entry.position,
        "title": entry.title,
        "text": entry.text,
        "input": entry.input,
        "answer": entry.answer,
        "content_hash": entry.content_hash,
        "columns": json.dumps(dict(entry.columns), ensure_ascii=False),
        "version": entry.version,
        "labels": list(entry.labels),
        "visible_to": list(entry.visible_to),
    }


def _kept(item: Any) -> collections.Kept:
    passage_id, source, content_hash, version = (str(item.properties[name]) for name in _LISTED)
    return collections.Kept(passage_id, source, content_hash, version, item.metadata.last_update_time)
