"""Weaviate of the suite's own behind proxies, and a stub that embeds."""

from __future__ import annotations

import asyncio
import hashlib
import json
import urllib.request
from typing import TYPE_CHECKING, Self

from aiohttp import web

from processor.local.weaviate import Weaviate
from tests.faults.proxy import Proxy
from tests.faults.server import Server

if TYPE_CHECKING:
    from processor.config import Settings

DIMENSIONS = 16


class Store:
    """`async with` starts it; `environment` says where workers find it.

    Attributes:
        server: to be killed and started.
    """

    def __init__(self, settings: Settings) -> None:
        self.server = Server(Weaviate(), settings)
        self._http, self._grpc = Proxy("weaviate-http"), Proxy("weaviate-grpc")

    async def __aenter__(self) -> Self:
        await self.server.start()
        self._http.target = ("127.0.0.1", self.server.port)
        self._grpc.target = ("127.0.0.1", self.server.port + 1)
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/embeddings", _embed)
        self._embedder = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._embedder.setup()
        await web.TCPSite(self._embedder, "127.0.0.1", 0).start()
        await self.forward()
        return self

    async def __aexit__(self, *_: object) -> None:
        for proxy in (self._http, self._grpc):
            await proxy.__aexit__()
        await self._embedder.cleanup()
        await self.server.stop()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WEAVIATE_URL": f"http://{self._http.address}",
            "WEAVIATE_GRPC_URL": self._grpc.address,
            "OPENAI_EMBEDDING_BASE_URL": f"http://127.0.0.1:{self._embedder.addresses[0][1]}/v1",
        }

    async def forward(self) -> None:
        for proxy in (self._http, self._grpc):
            await proxy.forward()

    async def cut(self) -> None:
        for proxy in (self._http, self._grpc):
            await proxy.cut()

    def stall(self) -> None:
        for proxy in (self._http, self._grpc):
            proxy.stall()

    def slow(self, seconds: float) -> None:
        for proxy in (self._http, self._grpc):
            proxy.slow(seconds)

    async def drop(self) -> None:
        """Delete all collections; no case shares the store with another."""
        await asyncio.to_thread(self._drop)

    def _drop(self) -> None:
        schema = f"http://127.0.0.1:{self.server.port}/v1/schema"
        with urllib.request.urlopen(schema) as answer:
            names = [found["class"] for found in json.load(answer)["classes"]]
        for name in names:
            urllib.request.urlopen(urllib.request.Request(f"{schema}/{name}", method="DELETE")).close()


async def _embed(request: web.Request) -> web.Response:
    body = await request.json()
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [{"object": "embedding", "index": n, "embedding": _vector(str(text))} for n, text in enumerate(texts)]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return web.json_response({"object": "list", "data": data, "model": body["model"], "usage": usage})


def _vector(text: str) -> list[float]:
    return [byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:DIMENSIONS]]
