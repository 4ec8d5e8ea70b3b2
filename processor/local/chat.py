"""The chat model: llama.cpp's server with SmolLM2-135M-Instruct, OpenAI-compatible."""

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


class Chat:
    """The chat model's server."""

    name = "chat"
    ports = 1
    patience = 180.0
    grace = 5.0

    def preflight(self) -> None:
        """Its wheel must be installed."""
        endpoint.require_package("xllamacpp", "chat", "OPENAI_BASE_URL")

    def prepare(self, cache: Path, job: Job) -> Path:
        """The model's file."""
        return models.chat(cache, job)

    def command(self, prepared: Path, folder: Path, port: int, job: Job) -> Command:
        """A child process of this Python."""
        del folder, job
        argv = (sys.executable, "-m", "processor.local.chat_server", str(prepared), models.CHAT, str(port))
        # Its threads sleep at barriers: spinning, they take the cores from Kafka, the workers and each other, and a
        # call takes four times as long as soon as anything else runs on a small machine.
        return Command(argv, {"OMP_WAIT_POLICY": "PASSIVE"})

    def addresses(self, port: int) -> dict[str, str]:
        """The base URL."""
        return {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}

    def where(self, settings: Settings) -> str:
        """The base URL."""
        return settings.openai

    def check(self, settings: Settings, *, thorough: bool) -> None:
        """A completion of one token, or only the list of models."""
        key = settings.openai_key.get_secret_value()
        question = _complete if thorough else endpoint.list_models
        asyncio.run(endpoint.ask(settings.openai, key, "model", question))


async def _complete(client: openai.AsyncOpenAI) -> None:
    await client.chat.completions.create(
        model=models.CHAT, messages=[{"role": "user", "content": "Hello"}], max_tokens=1, temperature=0.0
    )
