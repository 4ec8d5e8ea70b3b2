"""The OpenAI client as untuned uses it, and the one place where its exceptions are translated.

One loop owns retries (the worker's), so the client's own are off: retries multiply otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import openai

from processor.core import errors
from processor.core.records import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

UNAVAILABLE_STATUS = {408, 409, 425, 429}
REJECTED_STATUS = {400, 413, 422}
"""What is wrong with one request; any other refusal (no credit, a wrong path) would meet every event."""

LONGEST_WAIT = 300.0
"""Seconds of a Retry-After that are believed; after them it is asked again."""


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
    return openai.AsyncOpenAI(
        base_url=base_url,
        api_key=api_key or "none",
        timeout=timeout,
        max_retries=0,
        http_client=openai.DefaultAioHttpClient(timeout=timeout),
    )


def translate(error: openai.OpenAIError, server: Server) -> errors.StageError:
    """What an exception of the client means for the event that met it."""
    dependency = server.dependency
    if isinstance(error, openai.APITimeoutError) and not _connection_failed(error):
        return errors.Unavailable(dependency, f"{server.label} did not answer in time")
    if isinstance(error, openai.APIConnectionError):
        return errors.Unavailable(dependency, f"no connection to {server.label}")
    if isinstance(error, openai.APIStatusError):
        return _translate_status(error, server)
    return errors.Unavailable(dependency, f"{server.label}'s answer could not be read: {type(error).__name__}")


def _connection_failed(error: BaseException | None) -> bool:
    # The aiohttp transport reports a connection that is refused or lost as a time-out of connecting.
    while error is not None:
        if isinstance(error, aiohttp.ClientConnectionError) and not isinstance(error, TimeoutError):
            return True
        error = error.__cause__
    return False


def _translate_status(error: openai.APIStatusError, server: Server) -> errors.StageError:
    status, dependency = error.status_code, server.dependency
    if error.code == "insufficient_quota":
        return errors.Misconfigured(dependency, f"the account at {server.label} has no quota left (HTTP {status})")
    if status in UNAVAILABLE_STATUS or status >= 500:  # noqa: PLR2004
        return errors.Unavailable(dependency, f"HTTP {status} from {server.label}", _retry_after(error))
    if status not in REJECTED_STATUS:
        return errors.Misconfigured(dependency, f"{server.label} {_complaint(status, server)}")
    if error.code == "content_filter":
        return errors.Refused(Reason.CONTENT_FILTER, "the provider's filter refused the request")
    return errors.Refused(Reason.REQUEST_REJECTED, f"{server.label} rejects the request (HTTP {status})")


def _complaint(status: int, server: Server) -> str:
    if status in (401, 403):
        return f"refused the key (HTTP {status}): see {server.key}"
    if status == 404:  # noqa: PLR2004 - HTTP's own number
        return "does not know this model or path (HTTP 404)"
    return f"answers HTTP {status}: check its address and account"


def _believed(seconds: float) -> float | None:
    return min(max(0.0, seconds), LONGEST_WAIT) if math.isfinite(seconds) else None


def _retry_after(error: openai.APIStatusError) -> float | None:
    headers: Mapping[str, str] = error.response.headers
    try:
        if "retry-after-ms" in headers:
            return _believed(float(headers["retry-after-ms"]) / 1000)
        return _believed(float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None
