from __future__ import annotations

import inspect
from typing import Any

import grpc
import httpx
import pytest
from weaviate import exceptions

from processor.adapters import weaviate_client
from processor.core import errors


def grpc_error(code: grpc.StatusCode, details: str = "secret text") -> Exception:
    empty = grpc.aio.Metadata()
    error: Exception = grpc.aio.AioRpcError(code, empty, empty, details)
    return error


def status(code: int) -> exceptions.UnexpectedStatusCodeError:
    return exceptions.UnexpectedStatusCodeError("secret text", httpx.Response(code))


def query_error(code: grpc.StatusCode, details: str = "secret text", kind: Any = None) -> Exception:
    """As the client raises it: from inside the handler of gRPC's own exception."""
    try:
        try:
            raise grpc_error(code, details)
        except grpc.RpcError as error:
            make = kind or (lambda text: exceptions.WeaviateQueryError(text, "GRPC search"))
            raise make(details) from (error if kind else None)
    except exceptions.WeaviateBaseError as error:
        return error


AWAY, BROKEN = errors.Unavailable, errors.Misconfigured
DECIDED: dict[type[Exception], type[errors.StageError]] = {
    exceptions.WeaviateConnectionError: AWAY,
    exceptions.WeaviateGRPCUnavailableError: AWAY,
    exceptions.WeaviateStartUpError: AWAY,
    exceptions.WeaviateClosedClientError: AWAY,
    exceptions.WeaviateRetryError: AWAY,
    exceptions.WeaviateTimeoutError: AWAY,
    exceptions.WeaviateQueryError: AWAY,
    exceptions.WeaviateBatchError: AWAY,
    exceptions.WeaviateBatchSendError: AWAY,
    exceptions.WeaviateBatchStreamError: AWAY,
    exceptions.WeaviateBatchFailedToReestablishStreamError: AWAY,
    exceptions.WeaviateDeleteManyError: AWAY,
    exceptions.WeaviateTenantGetError: AWAY,
    exceptions.EmptyResponseError: AWAY,
    exceptions.ResponseCannotBeDecodedError: AWAY,
    exceptions.UnexpectedStatusCodeError: AWAY,
    exceptions.InsufficientPermissionsError: BROKEN,
    exceptions.AuthenticationFailedError: BROKEN,
    exceptions.MissingScopeError: BROKEN,
    exceptions.WeaviateUnsupportedFeatureError: BROKEN,
    exceptions.WeaviateInvalidInputError: BROKEN,
    exceptions.WeaviateAddInvalidPropertyError: BROKEN,
    exceptions.WeaviateInsertInvalidPropertyError: BROKEN,
    exceptions.WeaviateInsertManyAllFailedError: BROKEN,
    exceptions.WeaviateBatchValidationError: BROKEN,
    exceptions.ObjectAlreadyExistsError: BROKEN,
    exceptions.SchemaValidationError: BROKEN,
    exceptions.InvalidDataModelError: BROKEN,
    exceptions.AdditionalPropertiesError: BROKEN,
    exceptions.BackupFailedError: BROKEN,
    exceptions.BackupCanceledError: BROKEN,
    exceptions.ExportFailedError: BROKEN,
    exceptions.ExportCanceledError: BROKEN,
    exceptions.WeaviateEmbeddedInvalidVersionError: BROKEN,
    exceptions.WeaviateAgentsNotInstalledError: BROKEN,
}


def test_every_exception_of_the_client_is_decided_upon():
    known = {
        value
        for _, value in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(value, exceptions.WeaviateBaseError) and value is not exceptions.WeaviateBaseError
    }
    assert known == set(DECIDED)


@pytest.mark.parametrize("kind", DECIDED, ids=lambda kind: kind.__name__)
def test_each_exception_means_what_was_decided(kind):
    error = kind.__new__(kind)
    error.args, error._status_code = ("secret text",), 500
    translated = weaviate_client.translate(error, "Untuned_t_Fact")
    assert type(translated) is DECIDED[kind]
    assert "secret" not in str(translated)


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (status(401), BROKEN, "refused the key"),
        (status(403), BROKEN, "refused the key"),
        (status(404), BROKEN, "collection Untuned_t_Fact does not exist: untuned knowledge load TASK"),
        (status(422), BROKEN, r"rejects the request \(422\)"),
        (status(429), AWAY, r"failed \(429\)"),
        (status(500), AWAY, r"failed \(500\)"),
        (status(503), AWAY, r"failed \(503\)"),
        (exceptions.InsufficientPermissionsError(httpx.Response(403)), BROKEN, "refused the key"),
        (query_error(grpc.StatusCode.UNAUTHENTICATED), BROKEN, "refused the key"),
        (query_error(grpc.StatusCode.INVALID_ARGUMENT), BROKEN, "rejects the request"),
        (query_error(grpc.StatusCode.UNKNOWN), AWAY, r"failed \(UNKNOWN\)"),
        (query_error(grpc.StatusCode.UNKNOWN, "could not find class X in schema"), BROKEN, "does not exist"),
        (query_error(grpc.StatusCode.UNKNOWN, "3 vs 2: vector lengths don't match"), BROKEN, "--rebuild"),
        (query_error(grpc.StatusCode.RESOURCE_EXHAUSTED), AWAY, r"failed \(RESOURCE_EXHAUSTED\)"),
        (query_error(grpc.StatusCode.UNAVAILABLE, kind=exceptions.WeaviateBatchError), AWAY, "gRPC side"),
        (query_error(grpc.StatusCode.DEADLINE_EXCEEDED), AWAY, "did not answer in time"),
        (exceptions.WeaviateStartUpError("Weaviate version 1.20 is not supported."), BROKEN, "too old"),
        (exceptions.WeaviateTimeoutError("secret text"), AWAY, "did not answer in time"),
        (TimeoutError(), AWAY, "did not answer in time"),
        (httpx.ConnectTimeout("secret text"), AWAY, "did not answer in time"),
        (httpx.ReadError("secret text"), AWAY, "no connection"),
        (grpc_error(grpc.StatusCode.UNAVAILABLE), AWAY, "no connection"),
    ],
)
def test_what_an_answer_means(error, expected, words):
    translated = weaviate_client.translate(error, "Untuned_t_Fact")
    assert type(translated) is expected
    with pytest.raises(expected, match=words):
        raise translated
    assert isinstance(translated, AWAY | BROKEN)
    assert translated.dependency == "weaviate"
    assert "secret" not in str(translated)


@pytest.mark.parametrize(
    ("url", "grpc_address", "expected"),
    [
        ("http://127.0.0.1:8080", "", ("127.0.0.1", 8080, False, "127.0.0.1", 50051, False)),
        ("http://box", "other:6000", ("box", 80, False, "other", 6000, False)),
        ("https://w.example/", "", ("w.example", 443, True, "w.example", 50051, True)),
        ("https://w.example", "https://grpc-w.example:443", ("w.example", 443, True, "grpc-w.example", 443, True)),
        ("http://[::1]:8080", "[::1]:6000", ("::1", 8080, False, "::1", 6000, False)),
    ],
)
def test_addresses(url, grpc_address, expected):
    client = weaviate_client.connect(url, grpc_address, "", 1)
    http, other = client._connection._connection_params.http, client._connection._connection_params.grpc
    assert (http.host, http.port, http.secure, other.host, other.port, other.secure) == expected


@pytest.mark.parametrize(
    ("url", "grpc_address"),
    [("localhost:8080", ""), ("", ""), ("http://a:99999", ""), ("http://a:50051", ""), ("http://a", "b:c")],
)
def test_what_is_no_address_is_a_usage_error(url, grpc_address):
    with pytest.raises(errors.UsageError, match="WEAVIATE_URL"):
        weaviate_client.connect(url, grpc_address, "", 1)
