"""A stub of an OpenAI-compatible chat model: scripted latency, answers, faults, rate limit. For load and fault tests.

    python -m bench.stub_model --port 9999 --latency 0.2 --answer '{"label": "a"}'

It never stands in for a model where it is claimed that the main job works.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
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
    of the answer, `garbage` answers with `text`, `hang` never answers, `drip` answers with a byte a second for ever.
    """

    kind: Literal["status", "reset", "half", "garbage", "hang", "drip"]
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    code: str | None = None
    message: str = "scripted"
    text: str = "<html>not JSON</html>"


@dataclass(slots=True)
class Call:
    """One request. Times are in seconds since the epoch.

    Attributes:
        label: what `StubModel.label` says of the request.
        began: when it came.
        sent: when the whole of a good answer was given to the network; None where that has not happened.
        status: of the HTTP answer that was given, good or not; 0 where there was none yet.
    """

    label: Any
    began: float
    sent: float | None = None
    status: int = 0


@dataclass
class RateLimit:
    """A token bucket: a second's worth of requests; beyond them 429 with a Retry-After of one second.

    Attributes:
        per_second: requests that are let through on the average.
        refused: when requests were refused, in seconds since the epoch.
    """

    per_second: float
    refused: list[float] = field(default_factory=list)
    _tokens: float = 0.0
    _at: float = field(default_factory=time.monotonic)

    def admit(self) -> bool:
        """Take a token, where there is one."""
        now = time.monotonic()
        self._tokens = min(self.per_second, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens < 1:
            self.refused.append(time.time())
            return False
        self._tokens -= 1
        return True


@dataclass
class StubModel:
    """The server; `async with StubModel(...) as stub` serves on a free port of 127.0.0.1 until the block ends.

    Attributes:
        answer: the text of the answer, or a function of the request's body.
        latency: seconds before each answer, or a function of the request's body.
        faults: taken one by one by the next requests; None stands for a request that is answered.
        choose: what a request meets by its body, where `faults` is empty; None for an answer.
        limit: of the requests' rate.
        label: says in `calls` which request it is.
        finish_reason: of every answer.
        logprobs: of every answer whose request asks for them.
        requests: the bodies that came, each with its time under `at` (seconds since the epoch) and its header
            `authorization`. Not kept where there is a `label`: a long run has many.
        calls: all requests, by their labels, where there is a `label`.
    """

    answer: str | Callable[[dict[str, Any]], str] = "{}"
    latency: float | Callable[[dict[str, Any]], float] = 0.0
    port: int = 0
    faults: list[Fault | None] = field(default_factory=list)
    choose: Callable[[dict[str, Any]], Fault | None] | None = None
    limit: RateLimit | None = None
    label: Callable[[dict[str, Any]], Any] | None = None
    finish_reason: str = "stop"
    refusal: str | None = None
    logprobs: Any = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

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
        call = self._note(request, body)
        fault = self._fault(body)
        latency = self.latency if isinstance(self.latency, float | int) else self.latency(body)
        if latency and fault is not TOO_MANY:
            await asyncio.sleep(latency)
        text = self.answer if isinstance(self.answer, str) else self.answer(body)
        whole = json.dumps(self._response(body, text))
        if fault is not None:
            call.status = fault.status if fault.kind == "status" else 0
            return await self._fail(request, fault, whole)
        response = web.Response(text=whole, content_type="application/json")
        with contextlib.suppress(ConnectionResetError):  # whoever asked has gone
            await response.prepare(request)
            await response.write_eof()
            call.sent, call.status = time.time(), response.status
        return response

    def _note(self, request: web.Request, body: dict[str, Any]) -> Call:
        call = Call(None if self.label is None else self.label(body), time.time())
        if self.label is None:
            self.requests.append({**body, "at": call.began, "authorization": request.headers.get("Authorization")})
        else:
            self.calls.append(call)
        return call

    def _fault(self, body: dict[str, Any]) -> Fault | None:
        if self.limit is not None and not self.limit.admit():
            return TOO_MANY
        if self.faults:
            return self.faults.pop(0)
        return None if self.choose is None else self.choose(body)

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
        if fault.kind == "drip":
            return await _drip(request, whole)
        transport = request.transport
        assert transport is not None
        if fault.kind == "half":
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(whole)}\r\n\r\n"
            transport.write(head.encode() + whole[: len(whole) // 2].encode())
            await asyncio.sleep(0.05)
        transport.abort()
        return web.Response()


TOO_MANY = Fault("status", 429, (("Retry-After", "1"),), "rate_limit_exceeded")


async def _drip(request: web.Request, whole: str) -> web.StreamResponse:
    """Send the answer a byte a second and, for ever after, the white space that may follow it."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for byte in itertools.chain(whole.encode(), itertools.repeat(0x20)):
        await response.write(bytes((byte,)))
        await asyncio.sleep(1)
    return response


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
