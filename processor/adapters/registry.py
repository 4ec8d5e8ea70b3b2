"""A Confluent-compatible schema registry, through the `confluent_kafka` client.

Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import avro.errors
import avro.schema

from processor.core import errors
from processor.core.wire import changes, written
from processor.core.wire.written import Standing, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TIMEOUT = 5.0
"""Seconds for one request. What a running worker asks, its event loop waits for."""

MOST = 2**31 - 1
"""The highest id that a registry gives."""

NOT_FOUND = 404
REFUSES_US = {401, 403}
COMES_BACK = {408, 429}
SERVER_ERROR = 500

T = TypeVar("T")


class Registry:
    """Schemas by id, ids by schema. Retries are the worker's."""

    def __init__(self, url: str) -> None:
        """Connect lazily.

        Args:
            url: of the Confluent API, `http://host:port[/path]`, with `user:password@` where it wants a login.

        Raises:
            UsageError: it is no such address.
        """
        # Imported here: the client costs 0.2 s and some 20 MB, which workers without a registry need not pay.
        from confluent_kafka import schema_registry

        self._library = schema_registry
        self._ids: dict[tuple[str, str], int] = {}
        try:
            self._client = schema_registry.SchemaRegistryClient({"url": url, "timeout": TIMEOUT, "max.retries": 0})
        except ValueError as error:
            raise errors.UsageError("SCHEMA_REGISTRY_URL: give an address as in http://127.0.0.1:8081") from error

    def schema(self, schema_id: int) -> str:
        """The text of an Avro schema.

        Raises:
            LookupError: there is none with this id.
            Unavailable: the registry is away.
            Misconfigured: the registry refuses us.
        """
        if schema_id > MOST:  # which registries refuse in words of their own: foreign bytes may say anything
            raise LookupError("its schema is not in the registry")
        found = self._ask(lambda: self._client.get_schema(schema_id))
        if found.schema_type != "AVRO":
            raise LookupError("its schema in the registry is not Avro")
        if found.references:
            raise LookupError("its schema in the registry refers to other schemas, which is not supported")
        return str(found.schema_str)

    def register(self, subject: str, schema: str) -> int:
        """The id of a schema under a subject, where it is registered if it was not yet.

        Raises:
            Unavailable: the registry is away.
            Misconfigured: the registry refuses us, or the schema as not compatible with those under the subject.
        """
        # The client's own cache goes by the text that the registry sends back, which may be set otherwise.
        key = (subject, schema)
        if key not in self._ids:
            wanted = self._library.Schema(schema, schema_type="AVRO")
            try:
                self._ids[key] = int(self._ask(lambda: self._client.register_schema(subject, wanted)))
            except LookupError as error:
                raise errors.Misconfigured("registry", "SCHEMA_REGISTRY_URL leads to no schema registry") from error
        return self._ids[key]

    def standing(self, subject: str, schema: str) -> Standing:
        """How a schema stands at its subject, where it is not registered by this.

        Raises:
            Unavailable: the registry is away.
            Misconfigured: the registry refuses us, or there is none at the address.
        """
        wanted = self._library.Schema(schema, schema_type="AVRO")
        level = self._level(subject)
        self._client.clear_latest_caches()
        newest = self._found(lambda: self._client.get_latest_version(subject))
        if newest is None:
            return Standing("new", level)
        if self._found(lambda: self._client.lookup_schema(subject, wanted)):
            return Standing("registered", level)
        if self._ask(lambda: self._client.test_compatibility(subject, wanted)):
            return Standing("compatible", level)
        return Standing("incompatible", level, _breaks(str(newest.schema.schema_str), schema, level))

    def announce(self, schemas: Iterable[Written]) -> None:
        """Hold all schemas against their subjects, then register them, so that no message has to wait for that.

        Raises:
            DefinitionError: one is not compatible; none is registered then.
            Unavailable, Misconfigured: as `register`.
        """
        schemas = tuple(schemas)
        for each in schemas:
            found = self.standing(each.subject, each.text)
            if found.status == "incompatible":
                raise written.refused(each, found)
        for each in schemas:
            self.register(each.subject, each.text)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _level(self, subject: str) -> str:
        found = self._found(lambda: self._client.get_compatibility(subject))
        try:
            return str(found or self._ask(self._client.get_compatibility))
        except LookupError as error:
            raise errors.Misconfigured("registry", "SCHEMA_REGISTRY_URL leads to no schema registry") from error

    def _found(self, request: Callable[[], T]) -> T | None:
        """What is asked for, None where the registry does not have it."""
        try:
            return self._ask(request)
        except LookupError:
            return None

    def _ask(self, request: Callable[[], T]) -> T:
        try:
            return request()
        except self._library.SchemaRegistryError as error:
            raise _translate(error.http_status_code) from error
        except Exception as error:
            # The client lets those of its HTTP library through, which is httpx2 or httpx.
            raise errors.Unavailable("registry", f"no schema registry answers: {type(error).__name__}") from error


def _translate(status: int) -> Exception:
    if status == NOT_FOUND:
        return LookupError("its schema is not in the registry")
    if status in COMES_BACK or status >= SERVER_ERROR:
        return errors.Unavailable("registry", f"HTTP {status} from the schema registry")
    if status in REFUSES_US:
        return errors.Misconfigured("registry", f"the schema registry refuses the login (HTTP {status})")
    return errors.Misconfigured(
        "registry",
        f"the schema registry refuses the schema (HTTP {status}): is it compatible with those under its subject?",
    )


def _breaks(old: str, new: str, level: str) -> tuple[str, ...]:
    """What a change breaks, in words; the subject may hold what is no Avro at all."""
    try:
        found = changes.breaking(avro.schema.parse(old), avro.schema.parse(new), level)
    except avro.errors.AvroException:
        return ("what stands there is another kind of schema",)
    return found or ("an older version there is not compatible",)
