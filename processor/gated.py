"""What a worker asks of the outside: models, embeddings, Weaviate, the schema registry, each at its gate."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import TYPE_CHECKING

from processor.adapters import gate
from processor.core import cost
from processor.core.pacing import budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from processor.adapters import embeddings, memory, model, retrieval, telemetry, wire
    from processor.config import Settings
    from processor.core.records import Completion, Message, Passage, Prompt, Query, Work
    from processor.pipeline import Decode, Retrieve

REGISTRY_THREADS = 2
"""Questions to the schema registry that may wait for their answers at a time."""


def create_gates(settings: Settings, limits: Callable[[str], budget.Limits], story: telemetry.Story) -> gate.Gates:
    """What every call to a dependency waits at until it may start.

    Args:
        settings: limit the default model, and how many calls to models are in flight.
        limits: what may be spent on another dependency in a minute; asked at each call.
        story: is told when a circuit opens, and when it closes.
    """
    default = budget.Limits(settings.requests_per_minute, settings.tokens_per_minute, settings.usd_per_minute)

    def limit(dependency: str) -> budget.Limits:
        return default if dependency == "model" else limits(dependency)

    return gate.Gates(limit, story, slots=settings.concurrency)


def models(chat: model.Models, gates: gate.Gates, prices: Callable[[], cost.Prices]) -> memory.Ask:
    """Asks the models, each at its gate; `prices` are asked for at each answer."""

    def spent(completion: Completion) -> budget.Spent:
        usd = cost.of_call(completion.usage, completion.model, prices())
        return budget.Spent(completion.usage.total, None if usd is None else float(usd))

    async def ask(prompt: Prompt, begin: Callable[[], None]) -> Completion:
        async def call() -> Completion:
            begin()
            return await chat.complete(prompt)

        return await gates.call(prompt.endpoint.dependency, call, spent)

    return ask


def create_retriever(settings: Settings, embedder: embeddings.Embedder, gates: gate.Gates) -> retrieval.Retriever:
    """What asks Weaviate; the embeddings server is asked at its gate.

    Weaviate's client is imported here: a worker whose tasks retrieve nothing starts in two thirds of the time without.
    """
    from processor.adapters import retrieval

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return await gates.call("embeddings", lambda: embedder.embed(texts))

    return retrieval.Retriever(
        url=settings.weaviate,
        grpc=settings.weaviate_grpc,
        api_key=settings.weaviate_key.get_secret_value(),
        embed=embed,
        embedding_model=settings.embedding_model,
    )


def retrieve(retriever: Callable[[], retrieval.Retriever], gates: gate.Gates) -> Retrieve:
    """Asks Weaviate at its gate; the retriever is asked for at the first query."""

    async def found(queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        return await gates.call("weaviate", lambda: retriever().retrieve(queries)) if queries else ()

    return found


def decode(codec: wire.Wire, gates: gate.Gates) -> Decode:
    """What is in a message; a schema that is not known yet is asked for beside the loop, at the registry's gate."""
    asking = concurrent.futures.ThreadPoolExecutor(REGISTRY_THREADS, "registry")

    async def found(message: Message) -> Work:
        if codec.knows(message):
            return codec.decode(message)
        loop = asyncio.get_running_loop()
        return await gates.call("registry", lambda: loop.run_in_executor(asking, codec.decode, message))

    return found
