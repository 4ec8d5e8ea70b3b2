"""Which schema a message was written with, and how a message says so."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import avro.errors
import avro.schema

from processor.adapters.wire import envelopes
from processor.core.wire import earlier, fingerprint, result_schema, written

if TYPE_CHECKING:
    from processor.core.contracts.contract import Contract

REGISTRY_MAGIC = b"\x00"
REGISTRY_HEAD = 5
SINGLE_OBJECT_MAGIC = b"\xc3\x01"
SINGLE_OBJECT_HEAD = 10


class Registry(Protocol):
    """A schema registry. What an id means never changes."""

    def schema(self, schema_id: int) -> str:
        """The text of an Avro schema.

        Raises:
            LookupError: there is none with this id.
            Unavailable: the registry is away.
            Misconfigured: the registry refuses us.
        """

    def register(self, subject: str, schema: str) -> int:
        """The id of a schema under a subject, where it is registered if it was not yet.

        Raises:
            Unavailable: the registry is away.
            Misconfigured: the registry refuses us or the schema.
        """


@dataclass(frozen=True, slots=True)
class Known:
    """A schema of untuned's own, with the name that single-object encoding gives it."""

    schema: avro.schema.RecordSchema
    fingerprint: bytes


class Schemas:
    """The envelopes, the tasks' result schemas, and what the registry tells; everything is asked for once."""

    def __init__(self, registry: Registry | None) -> None:
        self._registry = registry
        self._result = envelopes.text("result")
        self._own = {name: _known(avro.schema.parse(envelopes.text(name))) for name in envelopes.NAMES}
        self._results: dict[str, tuple[Contract, Known]] = {}
        self._by_fingerprint = {known.fingerprint: known.schema for known in self._own.values()}
        for name in envelopes.NAMES:
            self._remember(*map(avro.schema.parse, earlier.texts(name, envelopes.text(name))))
        self._by_id: dict[int, avro.schema.Schema] = {}
        self._heads: dict[tuple[str, bytes], bytes] = {}

    def own(self, name: str) -> Known:
        """The envelope `event`, `retry`, `review`, `decision` or `lease`."""
        return self._own[name]

    def result(self, task: str, contract: Contract) -> Known:
        """The schema of a task's results by one of its contracts; the last one is remembered."""
        made = self._results.get(task)
        if made is None or made[0] is not contract:
            made = contract, _known(result_schema.compose(self._result, contract))
            self._results[task] = made
            before = (result_schema.compose(text, contract) for text in earlier.texts("result", self._result))
            self._remember(made[1].schema, *before)
        return made[1]

    def head(self, known: Known, topic: str) -> bytes:
        """The bytes that stand before a record and name its schema.

        Raises:
            Unavailable, Misconfigured: as `Registry.register`.
        """
        if self._registry is None:
            return SINGLE_OBJECT_MAGIC + known.fingerprint
        key = (topic, known.fingerprint)
        if key not in self._heads:
            schema_id = self._registry.register(written.subject(topic, known.schema), str(known.schema))
            self._heads[key] = REGISTRY_MAGIC + schema_id.to_bytes(4, "big")
        return self._heads[key]

    def writer(self, value: bytes) -> tuple[avro.schema.Schema, int] | None:
        """The schema that a value was written with, and where its record starts; None where it is no Avro.

        Raises:
            LookupError: the schema is not known.
            Unavailable, Misconfigured: as `Registry.schema`.
        """
        if value.startswith(REGISTRY_MAGIC):
            return self._of_id(value[1:REGISTRY_HEAD]), REGISTRY_HEAD
        if not value.startswith(SINGLE_OBJECT_MAGIC):
            return None
        schema = self._by_fingerprint.get(value[len(SINGLE_OBJECT_MAGIC) : SINGLE_OBJECT_HEAD])
        if schema is None:
            raise LookupError("it is Avro of a schema that is not known here")
        return schema, SINGLE_OBJECT_HEAD

    def knows(self, value: bytes) -> bool:
        """Whether `writer` need not ask the registry."""
        if self._registry is None or not value.startswith(REGISTRY_MAGIC) or len(value) < REGISTRY_HEAD:
            return True
        return int.from_bytes(value[1:REGISTRY_HEAD], "big") in self._by_id

    def _remember(self, *schemas: avro.schema.RecordSchema) -> None:
        self._by_fingerprint |= {fingerprint.fingerprint(schema): schema for schema in schemas}

    def _of_id(self, digits: bytes) -> avro.schema.Schema:
        if len(digits) < REGISTRY_HEAD - 1:
            raise LookupError("it ends before its schema id")
        if self._registry is None:
            raise LookupError("it is Avro of a schema registry, and none is set (SCHEMA_REGISTRY_URL)")
        schema_id = int.from_bytes(digits, "big")
        if schema_id not in self._by_id:
            self._by_id[schema_id] = _parsed(self._registry.schema(schema_id))
        return self._by_id[schema_id]


def _known(schema: avro.schema.RecordSchema) -> Known:
    return Known(schema, fingerprint.fingerprint(schema))


def _parsed(text: str) -> avro.schema.Schema:
    """A producer's schema, whose logical types may be newer than what avro knows: they are left as they are beneath."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return avro.schema.parse(text)
        except avro.errors.AvroException as error:
            raise LookupError("its schema in the registry is not Avro") from error
