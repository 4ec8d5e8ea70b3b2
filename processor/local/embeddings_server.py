"""The embedding model's process: `python -m processor.local.embeddings_server MODEL TOKENIZER NAME PORT [HOST]`.

It speaks as much of OpenAI's API as its clients need: `/v1/embeddings` (one text or a list, floats or base64),
`/v1/models`, and errors in OpenAI's shape.
"""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from processor.local.embedder import DIMENSIONS, Embedder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[str], tuple[NDArray[np.float32], int]]
    Handler = Callable[[web.Request], Any]

MOST_INPUTS = 2048  # as OpenAI
MOST_BYTES = 64 << 20


class Rejected(Exception):
    """The request is wrong; `param` names the field, `status` and `code` are OpenAI's."""

    def __init__(self, message: str, param: str | None = None, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be answered."""

    texts: tuple[str, ...]
    base64: bool


def parse(body: bytes, model: str) -> Request:
    """Read a request's body.

    Raises:
        Rejected: it is not one that this server can answer.
    """
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise Rejected("the body is not JSON") from error
    if not isinstance(asked, dict):
        raise Rejected("the body is not a JSON object")
    if asked.get("model") != model:
        raise Rejected(f"this server's only model is {model}", "model", 404, "model_not_found")
    if asked.get("dimensions", DIMENSIONS) != DIMENSIONS:
        raise Rejected(f"this model's vectors have {DIMENSIONS} dimensions", "dimensions")
    encoding = asked.get("encoding_format", "float")
    if encoding not in ("float", "base64"):
        raise Rejected("`encoding_format` is `float` or `base64`", "encoding_format")
    return Request(_texts(asked.get("input")), encoding == "base64")


def _texts(given: Any) -> tuple[str, ...]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Rejected("`input` is a text or a list of texts; token numbers are another model's", "input")
    if not texts or "" in texts:
        raise Rejected("`input` is empty", "input")
    if len(texts) > MOST_INPUTS:
        raise Rejected(f"`input` has more than {MOST_INPUTS} texts", "input")
    # JSON can carry half a surrogate pair; the tokenizer cannot.
    return tuple(text.encode(errors="replace").decode() for text in texts)


def answer(request: Request, embed: Embed, model: str) -> dict[str, Any]:
    """Embed what was asked for: OpenAI's response object."""
    found = [embed(text) for text in request.texts]
    tokens = sum(count for _, count in found)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _encode(vector) if request.base64 else vector.tolist()}
            for index, (vector, _) in enumerate(found)
        ],
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encode(vector: NDArray[np.float32]) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def create_app(embed: Embed, model: str) -> web.Application:
    """The server; `embed` runs in a thread of its own, one request after the other."""
    worker = concurrent.futures.ThreadPoolExecutor(1)

    async def embeddings(request: web.Request) -> web.Response:
        asked = parse(await request.read(), model)
        loop = asyncio.get_running_loop()
        return web.json_response(await loop.run_in_executor(worker, answer, asked, embed, model))

    async def list_models(request: web.Request) -> web.Response:
        del request
        listed = {"id": model, "object": "model", "created": 0, "owned_by": "untuned"}
        return web.json_response({"object": "list", "data": [listed]})

    app = web.Application(client_max_size=MOST_BYTES, middlewares=[_explain])
    app.router.add_post("/v1/embeddings", embeddings)
    app.router.add_get("/v1/models", list_models)
    return app


@web.middleware
async def _explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors in OpenAI's shape."""
    try:
        response: web.StreamResponse = await handler(request)
    except Rejected as error:
        return _error(error.status, str(error), error.param, error.code)
    except web.HTTPException as error:
        return _error(error.status, error.reason, None, None)
    return response


def _error(status: int, message: str, param: str | None, code: str | None) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return web.json_response({"error": error}, status=status)


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    model, tokenizer, name, port, *host = arguments
    app = create_app(Embedder(model, tokenizer).embed, name)
    web.run_app(app, host=host[0] if host else "127.0.0.1", port=int(port), access_log=None)


if __name__ == "__main__":
    main(sys.argv[1:])
