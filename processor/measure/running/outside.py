"""What cases ask of the outside, wired as a worker's is: each dependency at its gate."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor import app, gated
from processor.adapters import project
from processor.core.pacing import budget

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from processor.adapters import gate, telemetry
    from processor.adapters.memory import Ask
    from processor.config import Settings
    from processor.pipeline import Retrieve


@dataclass(frozen=True, slots=True)
class Outside:
    """What is asked.

    Attributes:
        ask: a model.
        retrieve: Weaviate and the embedding model.
        answered: how many calls a dependency has answered so far.
        waiting: what nothing passes to at present, and why, in one line; else empty.
    """

    ask: Ask
    retrieve: Retrieve
    answered: Callable[[str], int]
    waiting: Callable[[], str]


@contextlib.asynccontextmanager
async def connected(settings: Settings, story: telemetry.Story) -> AsyncIterator[Outside]:
    """The servers that the settings and models.toml name; connected to as they are needed.

    Raises:
        DefinitionError: models.toml is broken.
    """
    known = project.Project(settings.project).models()
    gates = gated.create_gates(settings, lambda name: known.limits.get(name, budget.UNLIMITED), story)
    async with contextlib.AsyncExitStack() as closing:
        chat = app.create_models(settings, story)
        closing.push_async_callback(chat.close)
        embedder = app.create_embedder(settings)
        closing.push_async_callback(embedder.close)
        retriever = gated.create_retriever(settings, embedder, gates)
        closing.push_async_callback(retriever.close)
        yield Outside(
            ask=gated.models(chat, gates, lambda: known.prices),
            retrieve=gated.retrieve(lambda: retriever, gates),
            answered=gates.answered,
            waiting=lambda: _waiting(gates),
        )


def _waiting(gates: gate.Gates) -> str:
    return next((f"{name}: {found['why']}" for name, found in gates.report().items() if found["why"]), "")
