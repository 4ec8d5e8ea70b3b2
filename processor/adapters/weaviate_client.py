"""The Weaviate client as untuned uses it, and the one place where its exceptions are translated.

Its version 4 speaks REST for the schema and gRPC for data. It repeats a call whose connection is refused for up to a
minute, sleeping in between; a time limit of ours ends that, since one loop owns retries (the worker's).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import grpc
import httpx
import pydantic
import weaviate
from weaviate import exceptions
from weaviate.classes.init import AdditionalConfig, Timeout
from weaviate.config import GrpcConfig

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GRPC_PORT = 50051

_CHANNEL = [
    ("grpc.max_reconnect_backoff_ms", 2000),  # the default of two minutes would outlast an outage
    ("grpc.enable_http_proxy", 0),  # like the client's REST side, which leaves http_proxy alone
]
_KEY_REFUSED = (
    exceptions.AuthenticationFailedError,
    exceptions.MissingScopeError,
    exceptions.InsufficientPermissionsError,
)
_AWAY = (
    exceptions.WeaviateConnectionError,
    exceptions.WeaviateGRPCUnavailableError,
    exceptions.WeaviateStartUpError,
    exceptions.WeaviateClosedClientError,
    exceptions.WeaviateRetryError,
    exceptions.WeaviateTimeoutError,
    exceptions.WeaviateBatchFailedToReestablishStreamError,
    exceptions.EmptyResponseError,
    exceptions.ResponseCannotBeDecodedError,
    httpx.HTTPError,
    grpc.RpcError,
    TimeoutError,
)
_PASSING = (*_AWAY, exceptions.UnexpectedStatusCodeError, exceptions.WeaviateQueryError)


def connect(url: str, grpc_address: str, api_key: str, seconds: float) -> weaviate.WeaviateAsyncClient:
    """A client that is not connected yet.

    Args:
        url: of the REST side, `http://host:port` or `https://…`.
        grpc_address: `host:port`, with or without a scheme; empty for port 50051 of the same host.
        api_key: empty where access is anonymous.
        seconds: time limit of one call.

    Raises:
        UsageError: an address is none.
    """
    # The client sets its own level to INFO, whatever the root's is, and tells of every refused call at length.
    logging.getLogger("weaviate-client").setLevel(logging.WARNING)
    try:
        http = urlsplit(url)
        other = urlsplit(grpc_address if "//" in grpc_address else f"//{grpc_address}")
        if http.scheme not in ("http", "https") or not http.hostname:
            raise ValueError("a URL begins with http:// or https:// and names a host")  # noqa: TRY301
        return weaviate.use_async_with_custom(
            http_host=http.hostname,
            http_port=http.port or (443 if http.scheme == "https" else 80),
            http_secure=http.scheme == "https",
            grpc_host=other.hostname or http.hostname,
            grpc_port=other.port or GRPC_PORT,
            grpc_secure=(other.scheme or http.scheme) == "https",
            auth_credentials=api_key or None,
            skip_init_checks=True,
            additional_config=AdditionalConfig(
                timeout=Timeout(init=seconds, query=seconds, insert=seconds),
                grpc_config=GrpcConfig(channel_options=_CHANNEL),
            ),
        )
    except ValueError as error:
        # The addresses are left out: a URL can hold a password.
        reason = error.errors()[0]["msg"] if isinstance(error, pydantic.ValidationError) else error
        raise errors.UsageError(f"WEAVIATE_URL and WEAVIATE_GRPC_URL: {reason}") from error


async def ready(client: weaviate.WeaviateAsyncClient, seconds: float) -> None:
    """Connect, where that has not been done; raises as `edge` does."""
    async with edge("", seconds):
        try:
            await client.connect()
        except BaseException:
            await client.close()  # a half-made connection would be left open by the next attempt
            raise


@contextlib.asynccontextmanager
async def edge(collection: str, seconds: float) -> AsyncIterator[None]:
    """Bound what is done inside by `seconds`, and translate what it raises; `collection` is named in messages.

    Raises:
        Unavailable: Weaviate is away, slow or fails.
        Misconfigured: the key, the collection or its vectors are not what they should be.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except (exceptions.WeaviateBaseError, httpx.HTTPError, grpc.RpcError, TimeoutError) as error:
        raise translate(error, collection) from error


def translate(error: Exception, collection: str) -> errors.StageError:
    """What an exception of the client means for whoever asked. The client's words are left out: they may quote data."""
    if broken := _broken(error):
        return errors.Misconfigured("weaviate", broken)
    if broken := _broken_here(error, collection):
        return errors.Misconfigured("weaviate", broken, shared=False)
    status = _status(error) or type(error).__name__
    slow = isinstance(error, TimeoutError | exceptions.WeaviateTimeoutError | httpx.TimeoutException)
    if slow or status == "DEADLINE_EXCEEDED":
        return errors.Unavailable("weaviate", "Weaviate did not answer in time")
    if status == "UNAVAILABLE":
        return errors.Unavailable(
            "weaviate", "no connection to Weaviate's gRPC side (WEAVIATE_GRPC_URL)", unreached=True
        )
    if isinstance(error, _AWAY):
        return errors.Unavailable("weaviate", "no connection to Weaviate (WEAVIATE_URL)", unreached=True)
    return errors.Unavailable("weaviate", f"Weaviate failed ({status})")


def _broken(error: Exception) -> str:
    """What somebody must mend before anything passes; empty where it is not that."""
    if isinstance(error, _KEY_REFUSED) or _status(error) in ("401", "403", "UNAUTHENTICATED", "PERMISSION_DENIED"):
        return "Weaviate refused the key (WEAVIATE_API_KEY)"
    too_old = isinstance(error, exceptions.WeaviateStartUpError) and "is not supported" in str(error)
    return "this version of Weaviate is too old" if too_old else ""


def _broken_here(error: Exception, collection: str) -> str:
    """What somebody must mend for one collection or query, while others pass; empty where waiting may help."""
    status, text = _status(error), str(error)
    load = "untuned knowledge load TASK"
    causes = {
        f"collection {collection} does not exist: {load}": status == "404" or "could not find class" in text,
        f"the embedding model's vectors do not fit collection {collection}: {load} --rebuild": (
            "vector lengths don't match" in text or "vector dimensions do not match" in text
        ),
        f"Weaviate rejects the request ({status})": status in ("400", "405", "422", "INVALID_ARGUMENT"),
        f"the Weaviate client rejects the request ({type(error).__name__})": not isinstance(error, _PASSING),
    }
    return next((message for message, holds in causes.items() if holds), "")


def _status(error: BaseException | None) -> str:
    """The HTTP status (`404`) or the gRPC status (`UNAVAILABLE`) in the exception or in what it was raised from."""
    while error is not None:
        if isinstance(error, grpc.aio.AioRpcError):
            return str(error.code().name)
        if isinstance(error, exceptions.UnexpectedStatusCodeError) and not isinstance(error.__context__, grpc.RpcError):
            return str(error.status_code)
        error = error.__cause__ or error.__context__
    return ""
