"""The schemas that a worker writes with, each with its subject in a registry and how it stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import avro.schema

from processor.core import errors
from processor.core.wire import fingerprint, result_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from processor.core.contracts.contract import Contract

ENVELOPES = {"retry": "retry", "review": "review", "decision": "decisions", "lease": "leases"}
"""The envelopes that are written as they are, and their topics."""

NAMES = tuple(f"envelope.{name}" for name in ENVELOPES)
"""What they are called beside the tasks."""

Status = Literal["new", "registered", "compatible", "incompatible"]


@dataclass(frozen=True, slots=True)
class Written:
    """A schema that is written with.

    Attributes:
        name: the task whose results it is of, or the envelope's.
        topic: the full name of the topic that it is written to.
        schema: as it stands in the registry and in messages.
        json_schema: what a model gets for the task; None for an envelope.
    """

    name: str
    topic: str
    schema: avro.schema.RecordSchema
    json_schema: Mapping[str, Any] | None = None

    @property
    def file(self) -> str:
        """The schema file that it comes from, for messages."""
        return f"schemas/{self.name}.avsc"

    @property
    def subject(self) -> str:
        """Its subject in a registry, by TopicRecordNameStrategy."""
        return subject(self.topic, self.schema)

    @property
    def fingerprint(self) -> str:
        """What single-object encoding names it by: the 8 bytes as they stand in a message, in hex."""
        return fingerprint.fingerprint(self.schema).hex()

    @property
    def text(self) -> str:
        """The schema as JSON text."""
        return str(self.schema)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a schema stands at its subject.

    Attributes:
        status: `new` (nothing there yet), `registered`, `compatible`, or `incompatible`.
        level: the compatibility that the registry demands there, e.g. `BACKWARD`.
        breaks: what breaks, in words, where it is incompatible.
    """

    status: Status
    level: str
    breaks: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return {"status": self.status, "compatibility": self.level, "breaks": list(self.breaks)}


def subject(topic: str, schema: avro.schema.RecordSchema) -> str:
    """The subject of a record on a topic: `<topic>-<record's full name>`."""
    return f"{topic}-{schema.fullname}"


def of(
    contracts: Mapping[str, Contract], envelope: Callable[[str], str], topic: Callable[[str], str]
) -> Iterator[Written]:
    """All that a worker writes with.

    Args:
        contracts: the answer contracts by the tasks' names.
        envelope: the text of envelope.<name>.avsc.
        topic: the full name of `results`, `retry`, `review`, `decisions` or `leases`.
    """
    text = envelope("result")
    for task, contract in contracts.items():
        schema = result_schema.compose(text, contract)
        yield Written(task, topic("results"), schema, contract.json_schema)
    for name, kind in ENVELOPES.items():
        yield Written(f"envelope.{name}", topic(kind), avro.schema.parse(envelope(name)))


def refused(written: Written, standing: Standing) -> errors.DefinitionError:
    """The error for an incompatible schema: what breaks, and what can be done."""
    breaks = "; ".join(standing.breaks)
    remedy = (
        "Give a new field a default, give the record another name, or set another compatibility at the subject"
        if written.name not in NAMES
        else "It is untuned's own: set another compatibility at the subject, or another UNTUNED_TOPIC_PREFIX"
    )
    where = f"subject {written.subject} ({standing.level})"
    return errors.DefinitionError(written.file, f"the schema registry refuses it at {where}: {breaks}. {remedy}")
