"""Loading: what is stored is made equal to what the task's files say, and no vector is paid for twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from processor.core import errors
from processor.core.lookup.collections import LAYOUT, Vectors
from processor.core.records import Passage, Query
from processor.knowledge import plan

if TYPE_CHECKING:
    from processor.core.lookup.collections import Kind, Stored
    from processor.core.lookup.entry import Entry

BATCH = 64
"""Texts embedded, and objects written, in one call."""

PROBES = 8
PROBE_DEPTH = 3


class Store(Protocol):
    """The vector store's writing side; `adapters.knowledge_store.KnowledgeStore` is one and says what each does."""

    async def stored(self, name: str) -> Stored | None:
        """What a collection holds, None where there is no such collection."""

    async def create(self, name: str, vectors: Vectors) -> None:
        """Make an empty collection."""

    async def drop(self, name: str) -> None:
        """Delete a collection."""

    async def write(self, name: str, model: str, entries: Sequence[Entry], vectors: Sequence[list[float]]) -> None:
        """Add or replace entries, with the name of the model that made their vectors."""

    async def delete(self, name: str, ids: Sequence[str]) -> None:
        """Delete entries by their passage ids."""


Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]
Search = Callable[[tuple[Query, ...]], Awaitable[tuple[Passage, ...]]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one collection should hold."""

    kind: Kind
    collection: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was done to one collection. `keyword_ready`: keyword search finds what it holds (`probe`)."""

    kind: Kind
    collection: str
    added: int
    replaced: int
    deleted: int
    unchanged: int
    keyword_ready: bool


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads collections one by one.

    Attributes:
        store: the vector store's writing side.
        embed: gives vectors of texts.
        model: the name of the embedding model behind `embed`.
        search: the retrieval of the way of an event.
        rebuild: make each collection anew, whatever it holds.
    """

    store: Store
    embed: Embed
    model: str
    search: Search
    rebuild: bool = False

    async def load(self, wanted: Wanted, progress: Progress) -> Loaded:
        """Make a collection hold what is wanted. What was written before a failure stays and is not paid for again.

        A collection that an earlier version of untuned stored in another layout is made anew.

        Args:
            wanted: the collection's name and all its entries.
            progress: called with the entries written and those to write.

        Raises:
            UsageError: the collection was made with another embedding model, and `rebuild` was not asked for.
            StageError: as `store`, `embed` and `search` raise it.
        """
        stored = await self.store.stored(wanted.collection)
        if stored and self._anew(stored):
            await self.store.drop(wanted.collection)
            stored = None
        todo = self._compare(wanted, stored)
        await self._write(wanted.collection, todo.write, stored, progress)
        if todo.delete:
            await self.store.delete(wanted.collection, todo.delete)
        return Loaded(
            kind=wanted.kind,
            collection=wanted.collection,
            added=len(todo.add),
            replaced=len(todo.replace),
            deleted=len(todo.delete),
            unchanged=todo.unchanged,
            keyword_ready=await self.probe(wanted),
        )

    async def compare(self, wanted: Wanted) -> plan.Plan:
        """What `load` would do; raises as it does."""
        stored = await self.store.stored(wanted.collection)
        return self._compare(wanted, None if stored and self._anew(stored) else stored)

    def _anew(self, stored: Stored) -> bool:
        """Whether the collection is made anew: somebody asked for it, or an earlier layout lacks what is asked for."""
        return self.rebuild or (stored.vectors is not None and stored.vectors.layout != LAYOUT)

    def _compare(self, wanted: Wanted, stored: Stored | None) -> plan.Plan:
        if stored and (stored.vectors is None or stored.vectors.model != self.model):
            raise _other_model(wanted.collection, stored.vectors, self.model)
        return plan.diff(wanted.entries, stored.versions if stored else {})

    async def probe(self, wanted: Wanted) -> bool:
        """Whether keyword search already finds most of a few entries by their own text.

        A Weaviate that answers keyword queries by its block-max index does so wrongly for up to a minute after a bulk
        load; vector queries are right at once.
        """
        longest = sorted(wanted.entries, key=lambda entry: len(entry.text))[-PROBES:]
        found = [await self._finds(wanted, entry) for entry in longest]
        return sum(found) * 2 >= len(found)

    async def _finds(self, wanted: Wanted, entry: Entry) -> bool:
        query = Query(wanted.kind, wanted.collection, entry.text, alpha=0, top_k=PROBE_DEPTH)
        return any(passage.text == entry.text for passage in await self.search((query,)))

    async def _write(self, name: str, entries: Sequence[Entry], stored: Stored | None, progress: Progress) -> None:
        vectors_of = stored.vectors if stored else None
        progress(0, len(entries))
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            vectors = await self.embed([entry.embedded for entry in batch])
            made = Vectors(self.model, len(vectors[0]))
            if vectors_of is None:
                await self.store.create(name, made)
                vectors_of = made
            elif vectors_of != made:
                raise _other_model(name, vectors_of, str(made))
            await self.store.write(name, self.model, batch, vectors)
            progress(start + len(batch), len(entries))


def _other_model(name: str, kept: Vectors | None, now: str) -> errors.UsageError:
    made = f"embeddings of {kept}" if kept else "something that untuned did not write"
    return errors.UsageError(
        f"collection {name} holds {made}, the embedding model now is {now}: "
        "set OPENAI_EMBEDDING_MODEL back, or load with --rebuild"
    )
