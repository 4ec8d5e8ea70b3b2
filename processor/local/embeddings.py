"""The embedding model: all-MiniLM-L6-v2 behind a small OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from processor.local import endpoint, models
from processor.local.server import Command

if TYPE_CHECKING:
    from pathlib import Path

    import openai

    from processor.config import Settings
    from processor.local.job import Job

PACKAGES = ("onnxruntime", "tokenizers", "aiohttp", "numpy")


class Embeddings:
    """The embedding model's server."""

    name = "embeddings"
    ports = 1
    patience = 180.0
    grace = 5.0

    def preflight(self) -> None:
        """Its wheels must be installed."""
        for package in PACKAGES:
            endpoint.require_package(package, self.name, "OPENAI_EMBEDDING_BASE_URL")

    def prepare(self, cache: Path, job: Job) -> Path:
        """The model's folder."""
        return models.embedding(cache, job)

    def command(self, prepared: Path, folder: Path, port: int, job: Job) -> Command:
        """A child process of this Python."""
        del folder, job
        model, tokenizer = (str(prepared / name) for name in models.EMBEDDING_FILES)
        module = "processor.local.embeddings_server"
        return Command((sys.executable, "-m", module, model, tokenizer, models.EMBEDDING, str(port)))

    def addresses(self, port: int) -> dict[str, str]:
        """The base URL."""
        return {"OPENAI_EMBEDDING_BASE_URL": f"http://127.0.0.1:{port}/v1"}

    def where(self, settings: Settings) -> str:
        """The base URL."""
        return settings.embedding

    def check(self, settings: Settings, *, thorough: bool) -> None:
        """One embedding, or only the list of models."""
        key = settings.embedding_key.get_secret_value()
        question = _embed if thorough else endpoint.list_models
        asyncio.run(endpoint.ask(settings.embedding, key, "embeddings", question))


async def _embed(client: openai.AsyncOpenAI) -> None:
    await client.embeddings.create(model=models.EMBEDDING, input="hello")
