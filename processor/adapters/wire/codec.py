"""Decodes what comes, encodes decisions, reads back what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from processor.adapters.wire.schemas import Registry, Schemas
from processor.core import errors
from processor.core.records import Lease, Reason, Result, Retry, Review, Ruling, Work
from processor.core.wire import avro_binary, envelope, headers, incoming, plain, strict_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import avro.schema

    from processor.adapters.wire.schemas import Known
    from processor.core.contracts.contract import Contract
    from processor.core.records import Message

Kind = Literal["results", "retry", "review", "decisions", "leases"]

KINDS: dict[type[Result | Retry | Review], Kind] = {Result: "results", Retry: "retry", Review: "review"}
CONTENT_TYPES = {"json": "application/json", "avro": "application/avro"}

OWN_LEVELS = strict_json.LEVELS + 8
"""How deep untuned's own records may be as JSON: an event's input stands a little deeper there than in the event."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be published. `kind` names the topic behind the prefix."""

    kind: Kind
    key: bytes | None
    value: bytes
    headers: headers.Headers


class Wire:
    """One for a process: its caches fill as it goes. The first message of a schema may wait for the registry."""

    def __init__(
        self,
        contract_of: Callable[[str], Contract | None],
        *,
        wire_format: Literal["avro", "json"],
        registry: Registry | None,
        topic: Callable[[str], str],
        source: str,
    ) -> None:
        """Read the envelopes.

        Args:
            contract_of: a task's answer contract by the task's name, to read its results with; None where the project
                has no such task.
            wire_format: what is written; all formats are read.
            registry: where schemas are kept, None for single-object encoding.
            topic: the full name of `tasks`, `results`, `retry`, `review` or `decisions`.
            source: the CloudEvents source of what is written.
        """
        self._contract_of = contract_of
        self._schemas = Schemas(registry)
        self._json = wire_format == "json"
        self._topic = topic
        self._source = source

    def knows(self, message: Message) -> bool:
        """Whether `decode` need not ask the registry."""
        return self._schemas.knows(message.value or b"")

    def decode(self, message: Message) -> Work:
        """The work in a message of the tasks or the retry topic.

        Raises:
            Refused: `undecodable`, whatever is wrong with the bytes; the error's text holds nothing of them.
            Unavailable, Misconfigured: the schema is in the registry, and that is away or refuses us.
        """
        try:
            if message.origin.topic == self._topic("retry"):
                record, _ = self._value(message, OWN_LEVELS, self._schemas.own("retry"))
                return incoming.work(record, message)
            record, schema = self._value(message, strict_json.LEVELS)
            event = incoming.event(record if schema is None else strict_json.shallow(plain.tree(record)))
        except (ValueError, LookupError) as error:
            raise _refused(error) from error
        origin = message.origin
        replay = headers.replay(message.headers)
        return Work(event, 1, (), origin, origin, message.key, message.headers, replay=replay)

    def encode(self, decision: Result | Retry | Review, *, now: datetime) -> Outgoing:
        """The message for a decision.

        Raises:
            Unavailable, Misconfigured: a schema must be registered, and the registry is away or refuses it.
            ValueError: the answer does not fit the schema that it is written with.
        """
        if isinstance(decision, Result):
            kind, known = KINDS[Result], self._schemas.result(decision.work.event.task, decision.contract)
            record = envelope.result(decision, now)
        elif isinstance(decision, Retry):
            kind, known = KINDS[Retry], self._schemas.own("retry")
            record = envelope.retry(decision, now, as_text=not self._json)
        else:
            kind, known = KINDS[Review], self._schemas.own("review")
            record = envelope.review(decision, now, as_text=not self._json)
        value = self._written(kind, known, record)
        written = headers.write(decision, source=self._source, now=now, content_type=self._content_type)
        return Outgoing(kind, headers.key(decision), value, written)

    def encode_ruling(self, ruling: Ruling, key: bytes | None) -> Outgoing:
        """The message for a reviewer's decision, with the key of the review item's message.

        Raises:
            Unavailable, Misconfigured: as `encode`.
        """
        record = envelope.ruling(ruling, as_text=not self._json)
        value = self._written("decisions", self._schemas.own("decision"), record)
        written = headers.of_ruling(ruling, source=self._source, content_type=self._content_type)
        return Outgoing("decisions", key if key is not None else ruling.event_id.encode(), value, written)

    def encode_lease(self, lease: Lease, key: bytes | None) -> Outgoing:
        """The message for a lease, with the key of the review item's message.

        Raises:
            Unavailable, Misconfigured: as `encode`.
        """
        value = self._written("leases", self._schemas.own("lease"), envelope.lease(lease))
        return Outgoing("leases", key if key is not None else lease.event_id.encode(), value, ())

    def read(self, message: Message) -> dict[str, Any]:
        """Any message of untuned's topics as plain JSON values: times and decimals as strings, free JSON opened.

        Raises:
            Refused: `undecodable`: it is none of them.
            Unavailable, Misconfigured: as `decode`.
        """
        try:
            self._expect_result_of(headers.task(message.headers))
            value, schema = self._value(message, OWN_LEVELS)
            record = value if schema is None else plain.opened(value, schema)
            if not isinstance(record, dict):
                raise ValueError("it is not an object")  # noqa: TRY004, TRY301 - one kind of error for all
        except (ValueError, LookupError) as error:
            raise _refused(error) from error
        return record

    @property
    def _content_type(self) -> str:
        return CONTENT_TYPES["json" if self._json else "avro"]

    def _written(self, kind: Kind, known: Known, record: dict[str, Any]) -> bytes:
        if self._json:
            return plain.text(record).encode("utf-8", "replace")
        return self._schemas.head(known, self._topic(kind)) + avro_binary.encode(known.schema, record)

    def _value(self, message: Message, levels: int, own: Known | None = None) -> tuple[Any, avro.schema.Schema | None]:
        """What a message holds, and the Avro schema that it was written with.

        `levels` bounds how deep JSON may be; Avro of another version of `own` is read as `own`.
        """
        if message.value is None:
            raise ValueError("it has no value")
        found = self._schemas.writer(message.value)
        if found is None:
            return strict_json.loads(message.value, levels), None
        writer, start = found
        reader = None if own is None or writer is own.schema else own.schema
        return avro_binary.decode(message.value[start:], writer, reader), writer

    def _expect_result_of(self, task: str) -> None:
        """Have a task's result schema ready: single-object encoding only gives its fingerprint."""
        contract = self._contract_of(task)
        if contract is not None:
            self._schemas.result(task, contract)


def _refused(error: Exception) -> errors.Refused:
    return errors.Refused(Reason.UNDECODABLE, str(error.args[0]) if error.args else "it cannot be read")
