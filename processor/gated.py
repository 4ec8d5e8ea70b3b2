"""What a worker asks of the outside: models, embeddings, Weaviate, the schema registry, each at its gate."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import TYPE_CHECKING

from processor import app
from processor.adapters import gate, live_tasks, memory, retrieval, telemetry, wire
from processor.core import cost
from processor.core.pacing import budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from processor.config import Settings
    from processor.core.records import Completion, Message, Passage, Prompt, Query, Work
    from processor.pipeline import Decode, Retrieve

REGISTRY_THREADS = 2
"""Questions to the schema registry that may wait for their answers at a time."""


def create_gates(settings: Settings, tasks: live_tasks.LiveTasks, story: telemetry.Story) -> gate.Gates:
    """What every call to a dependency waits at until it may start."""
    default = budget.Limits(settings.requests_per_minute, settings.tokens_per_minute, settings.usd_per_minute)

    def limits(dependency: str) -> budget.Limits:
        return default if dependency == "model" else tasks.limits(dependency)

    return gate.Gates(limits, story, slots=settings.concurrency)


def models(settings: Settings, gates: gate.Gates, tasks: live_tasks.LiveTasks, story: telemetry.Story) -> memory.Ask:
    """Asks the models, each at its gate."""
    chat = app.create_models(settings, story)

    def spent(completion: Completion) -> budget.Spent:
        usd = cost.of_call(completion.usage, completion.model, tasks.prices())
        return budget.Spent(completion.usage.total, None if usd is None else float(usd))

    async def ask(prompt: Prompt, begin: Callable[[], None]) -> Completion:
        async def call() -> Completion:
            begin()
            return await chat.complete(prompt)

        return await gates.call(prompt.endpoint.dependency, call, spent)

    return ask


def retrieve(settings: Settings, gates: gate.Gates) -> Retrieve:
    """Asks Weaviate and the embeddings server, each at its gate."""
    embedder = app.create_embedder(settings)

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return await gates.call("embeddings", lambda: embedder.embed(texts))

    retriever = retrieval.Retriever(
        url=settings.weaviate,
        grpc=settings.weaviate_grpc,
        api_key=settings.weaviate_key.get_secret_value(),
        embed=embed,
        embedding_model=settings.embedding_model,
    )

    async def found(queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        return await gates.call("weaviate", lambda: retriever.retrieve(queries)) if queries else ()

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
