"""A stub of an OpenAI-compatible chat model: fixed latency, fixed answer, scripted faults. For load and fault tests.

    python -m bench.stub_model --port 9999 --latency 0.2 --answer '{"label": "a"}'

It never stands in for a model where it is claimed that the main job works.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "stub"


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request meets instead of an answer.

    `status` answers with this HTTP status, code and message; `reset` cuts the connection, `half` cuts it in the middle
    of the answer, `garbage` answers with `text`, `hang` never answers.
    """

    kind: Literal["status", "reset", "half", "garbage", "hang"]
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    code: str | None = None
    message: str = "scripted"
    text: str = "<html>not JSON</html>"


@dataclass
class StubModel:
    """The server; `async with StubModel(...) as stub` serves on a free port of 127.0.0.1 until the block ends.

    Attributes:
        answer: the text of the answer, or a function of the request's body.
        latency: seconds before each answer.
        faults: taken one by one by the next requests; None stands for a request that is answered.
        finish_reason: of every answer.
        logprobs: of every answer whose request asks for them.
        requests: the bodies that came, each with its time under `at` (seconds since the epoch) and its header
            `authorization`.
    """

    answer: str | Callable[[dict[str, Any]], str] = "{}"
    latency: float = 0.0
    port: int = 0
    faults: list[Fault | None] = field(default_factory=list)
    finish_reason: str = "stop"
    refusal: str | None = None
    logprobs: Any = None
    requests: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base URL for an OpenAI client."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append({**body, "at": time.time(), "authorization": request.headers.get("Authorization")})
        fault = self.faults.pop(0) if self.faults else None
        if self.latency:
            await asyncio.sleep(self.latency)
        text = self.answer if isinstance(self.answer, str) else self.answer(body)
        whole = json.dumps(self._response(body, text))
        if fault is None:
            return web.Response(text=whole, content_type="application/json")
        return await self._fail(request, fault, whole)

    def _response(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        asked = sum(len(str(message["content"])) for message in body["messages"]) // 4
        message = {"role": "assistant", "content": text, "refusal": self.refusal}
        return {
            "id": "stub",
            "object": "chat.completion",
            "created": 0,
            "model": MODEL,
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": self.finish_reason,
                    "logprobs": self.logprobs if body.get("logprobs") else None,
                }
            ],
            "usage": {"prompt_tokens": asked, "completion_tokens": 10, "total_tokens": asked + 10},
        }

    async def _fail(self, request: web.Request, fault: Fault, whole: str) -> web.StreamResponse:
        if fault.kind == "status":
            error = {"error": {"message": fault.message, "type": "scripted", "code": fault.code}}
            return web.json_response(error, status=fault.status, headers=dict(fault.headers))
        if fault.kind == "garbage":
            return web.Response(text=fault.text, content_type="application/json")
        if fault.kind == "hang":
            await asyncio.Event().wait()
        transport = request.transport
        assert transport is not None
        if fault.kind == "half":
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(whole)}\r\n\r\n"
            transport.write(head.encode() + whole[: len(whole) // 2].encode())
            await asyncio.sleep(0.05)
        transport.abort()
        return web.Response()


async def _serve(stub: StubModel) -> None:
    async with stub:
        print(stub.url, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve until stopped; prints the base URL first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--answer", default="{}")
    options = parser.parse_args()
    asyncio.run(_serve(StubModel(options.answer, options.latency, options.port)))


if __name__ == "__main__":
    main()
