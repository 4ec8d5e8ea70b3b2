"""The OpenAI client as untuned uses it, and the one place where its exceptions are translated.

One loop owns retries (the worker's), so the client's own are off: retries multiply otherwise.
"""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import openai

from processor.core import errors
from processor.core.pacing import ratelimit
from processor.core.records import Reason

if TYPE_CHECKING:
    import httpx

RATE_LIMITED = 429
UNKNOWN = 404
UNAVAILABLE_STATUS = {408, 409, 425, RATE_LIMITED}
REJECTED_STATUS = {400, 413, 422}
"""What is wrong with one request; any other refusal (no credit, a wrong path) would meet every event."""

CONNECTING = 10.0
"""Seconds for a connection, at most: a call may take long, but nobody waits so long for an address that is gone."""

_USED_UP: contextvars.ContextVar[float] = contextvars.ContextVar("used_up", default=0.0)


@dataclass(frozen=True, slots=True)
class Server:
    """What errors say of a server.

    Attributes:
        dependency: as in `errors.Unavailable`.
        label: as a sentence has it: `the model server`.
        key: where its key is set.
    """

    dependency: str
    label: str
    key: str


SERVERS = {
    "model": Server("model", "the model server", "OPENAI_API_KEY"),
    "embeddings": Server("embeddings", "the embeddings server", "OPENAI_EMBEDDING_API_KEY"),
}
"""Those of the settings, by dependency."""


def connect(base_url: str, api_key: str, timeout: float) -> openai.AsyncOpenAI:
    """An asynchronous client over aiohttp. `timeout` is in seconds, for one call."""
    limits = openai.Timeout(timeout, connect=min(timeout, CONNECTING))
    return openai.AsyncOpenAI(
        base_url=base_url,
        api_key=api_key or "none",
        timeout=limits,
        max_retries=0,
        http_client=openai.DefaultAioHttpClient(timeout=limits, event_hooks={"response": [_note_limit]}),
    )


def used_up() -> float:
    """Seconds until the rate limit allows more, as the last response in this task said; told once, 0 if it did not."""
    found = _USED_UP.get()
    if found:
        _USED_UP.set(0.0)
    return found


async def _note_limit(response: httpx.Response) -> None:
    _USED_UP.set(ratelimit.used_up(response.headers))


def time_limit(client: openai.AsyncOpenAI) -> asyncio.Timeout:
    """Bounds what is done inside by the client's time in all: its own limit is for each read, so bytes may drip."""
    limit = client.timeout
    return asyncio.timeout(limit.read if isinstance(limit, openai.Timeout) else limit)


def too_slow(server: Server) -> errors.Unavailable:
    """What a call that has used up its time raises."""
    return errors.Unavailable(server.dependency, f"{server.label} did not answer in time")


def translate(error: openai.OpenAIError, server: Server) -> errors.StageError:
    """What an exception of the client means for the event that met it."""
    dependency = server.dependency
    if isinstance(error, openai.APITimeoutError) and not _connection_failed(error):
        return too_slow(server)
    if isinstance(error, openai.APIConnectionError):
        unreached = _caused_by(error, aiohttp.ClientConnectorError)
        return errors.Unavailable(dependency, f"no connection to {server.label}", unreached=unreached)
    if isinstance(error, openai.APIStatusError):
        return _translate_status(error, server)
    return errors.Unavailable(dependency, f"{server.label}'s answer could not be read: {type(error).__name__}")


def _connection_failed(error: BaseException) -> bool:
    # The aiohttp transport reports a connection that is refused or lost as a time-out of connecting.
    return _caused_by(error, aiohttp.ClientConnectionError, but=TimeoutError)


def _caused_by(error: BaseException | None, kind: type[Exception], but: type[Exception] | tuple[()] = ()) -> bool:
    while error is not None:
        if isinstance(error, kind) and not isinstance(error, but):
            return True
        error = error.__cause__
    return False


def _translate_status(error: openai.APIStatusError, server: Server) -> errors.StageError:
    status, dependency = error.status_code, server.dependency
    if error.code == "insufficient_quota":
        return errors.Misconfigured(dependency, f"the account at {server.label} has no quota left (HTTP {status})")
    if status in UNAVAILABLE_STATUS or status >= 500:  # noqa: PLR2004
        asked = ratelimit.retry_after(error.response.headers)
        limited = status == RATE_LIMITED
        return errors.Unavailable(dependency, f"HTTP {status} from {server.label}", asked, limited=limited)
    if status not in REJECTED_STATUS:
        # A model that is not there meets its own steps only.
        complaint = f"{server.label} {_complaint(status, server)}"
        return errors.Misconfigured(dependency, complaint, shared=status != UNKNOWN)
    if error.code == "content_filter":
        return errors.Refused(Reason.CONTENT_FILTER, "the provider's filter refused the request")
    return errors.Refused(Reason.REQUEST_REJECTED, f"{server.label} rejects the request (HTTP {status})")


def _complaint(status: int, server: Server) -> str:
    if status in (401, 403):
        return f"refused the key (HTTP {status}): see {server.key}"
    if status == UNKNOWN:
        return "does not know this model or path (HTTP 404)"
    return f"answers HTTP {status}: check its address and account"
