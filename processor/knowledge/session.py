"""The knowledge verbs, wired: settings and a task's name in; adapters are made and closed here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from processor.adapters import embeddings, knowledge_store, openai_client, project, retrieval
from processor.core import collections
from processor.core.records import Query
from processor.knowledge import gather
from processor.knowledge.load import Loader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from processor.config import Settings
    from processor.core.records import Passage
    from processor.knowledge.load import Loaded

    Progress = Callable[[collections.Kind, int, int], None]


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


async def search(settings: Settings, name: str, text: str) -> tuple[Passage, ...]:
    """What the task's [[retrieval]] tables find for a text, which stands in for their query templates' outcome.

    Raises:
        DefinitionError: the task is broken.
        StageError: as `load`; a collection that was not loaded yet is `Misconfigured`.
    """
    task = project.Project(settings.project).load(name)
    queries = tuple(
        Query(
            kind=table.kind,
            collection=collections.name(settings.topic_prefix, name, table.kind),
            text=text,
            alpha=table.alpha,
            top_k=table.top_k,
            min_score=table.min_score,
        )
        for table in task.definition.retrieval
    )
    async with _connected(settings) as session:
        return await session.retriever.retrieve(queries)


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
