"""The knowledge verbs, wired: settings and a task's name in; adapters are made and closed here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from processor.adapters import embeddings, knowledge_store, openai_client, project, retrieval
from processor.core import errors
from processor.core.lookup import collections, query, visibility
from processor.knowledge import explain, gather, remove, shelf
from processor.knowledge.load import Loader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from processor.config import Settings
    from processor.core.records import Event, Query
    from processor.knowledge.explain import Explained
    from processor.knowledge.load import Loaded
    from processor.knowledge.plan import Plan
    from processor.knowledge.remove import Removed
    from processor.knowledge.shelf import Shelved

    Progress = Callable[[collections.Kind, int, int], None]


@dataclass(frozen=True, slots=True)
class Change:
    """What a load would do to one collection."""

    kind: collections.Kind
    collection: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Session:
    embedder: embeddings.Embedder
    retriever: retrieval.Retriever
    store: knowledge_store.KnowledgeStore


async def load(settings: Settings, name: str, progress: Progress, *, rebuild: bool = False) -> tuple[Loaded, ...]:
    """Load all knowledge of a task. Its files are read and checked before anything is written.

    Args:
        settings: the project, its collections' prefix, and where Weaviate and the embedding model are.
        name: the task's.
        progress: called with the kind, the entries written and those to write.
        rebuild: make the collections anew, whatever they hold.

    Raises:
        DefinitionError: the task or one of its files is broken; with file and line.
        UsageError: a collection was made with another embedding model.
        StageError: Weaviate or the embeddings server is away, or refuses.
    """
    task = project.Project(settings.project).load(name)
    wanted = gather.gather(task, settings.project, settings.topic_prefix)
    async with _connected(settings) as session:
        await session.store.connect()
        embed, search = session.embedder.embed, session.retriever.retrieve
        loader = Loader(session.store, embed, settings.embedding_model, search, rebuild=rebuild)
        return tuple([await loader.load(each, partial(progress, each.kind)) for each in wanted])


async def diff(settings: Settings, name: str) -> tuple[Change, ...]:
    """What `load` would do, without doing it; raises as it does."""
    task = project.Project(settings.project).load(name)
    wanted = gather.gather(task, settings.project, settings.topic_prefix)
    async with _connected(settings) as session:
        await session.store.connect()
        loader = Loader(session.store, session.embedder.embed, settings.embedding_model, session.retriever.retrieve)
        return tuple([Change(each.kind, each.collection, await loader.compare(each)) for each in wanted])


async def search(settings: Settings, name: str, text: str) -> tuple[Explained, ...]:
    """What the task's [[retrieval]] tables find for a text, which stands in for their query templates' outcome.

    Filters are left aside, since there is no event to fill them; what is not for everybody is not found.

    Raises:
        DefinitionError: the task is broken.
        StageError: as `load`; a collection that was not loaded yet is `Misconfigured`.
    """
    task = project.Project(settings.project).load(name)
    seen = None if task.definition.visibility is None else frozenset({visibility.EVERYBODY})
    tables = task.definition.retrieval
    return await _explain(
        settings, [query.plain(name, settings.topic_prefix, table, text, visible_to=seen) for table in tables]
    )


async def search_for(settings: Settings, event: Event) -> tuple[Explained, ...]:
    """What the event's task retrieves for it; raises as `search`, and `Refused` where a template cannot be filled."""
    task = project.Project(settings.project).load(event.task)
    return await _explain(settings, query.build(task, event, settings.topic_prefix))


async def stored(settings: Settings, name: str) -> tuple[Shelved, ...]:
    """What is stored for a task, by document; empty where nothing is.

    Raises:
        StageError: Weaviate is away or refuses.
    """
    async with _connected(settings) as session:
        await session.store.connect()
        held = [(kind, where, await session.store.stored(where)) for kind, where in _collections(settings, name)]
    return tuple(each for kind, where, found in held if found for each in shelf.documents(kind, where, found))


async def delete(settings: Settings, name: str, patterns: Sequence[str], *, dry_run: bool) -> tuple[Removed, ...]:
    """Delete what is stored for a task: all of it, or what is from the sources that the patterns mean.

    Raises:
        UsageError: nothing of that is stored.
        StageError: Weaviate is away or refuses.
    """
    async with _connected(settings) as session:
        await session.store.connect()
        done = [
            await remove.remove(session.store, kind, where, patterns, dry_run=dry_run)
            for kind, where in _collections(settings, name)
        ]
    removed = tuple(each for each in done if each)
    if not removed:
        what = f"from {' or '.join(patterns)}" if patterns else "at all"
        raise errors.UsageError(f"nothing {what} is stored for {name}: untuned knowledge list {name}")
    return removed


def _collections(settings: Settings, name: str) -> list[tuple[collections.Kind, str]]:
    kinds: tuple[collections.Kind, ...] = ("fact", "example")
    return [(kind, collections.name(settings.topic_prefix, name, kind)) for kind in kinds]


async def _explain(settings: Settings, queries: Sequence[Query]) -> tuple[Explained, ...]:
    async with _connected(settings) as session:
        return await explain.explain(session.retriever.retrieve, queries)


@contextlib.asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[_Session]:
    url, grpc, key = settings.weaviate, settings.weaviate_grpc, settings.weaviate_key.get_secret_value()
    client = openai_client.connect(
        settings.embedding, settings.embedding_key.get_secret_value(), settings.openai_timeout
    )
    async with contextlib.AsyncExitStack() as closing:
        embedder = embeddings.Embedder(client, settings.embedding_model)
        closing.push_async_callback(embedder.close)
        retriever = retrieval.Retriever(
            url=url, grpc=grpc, api_key=key, embed=embedder.embed, embedding_model=settings.embedding_model
        )
        closing.push_async_callback(retriever.close)
        store = knowledge_store.KnowledgeStore(url=url, grpc=grpc, api_key=key)
        closing.push_async_callback(store.close)
        yield _Session(embedder, retriever, store)
