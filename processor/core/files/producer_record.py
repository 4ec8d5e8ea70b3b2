"""From an event to the message that is produced for it: key, headers, size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.files import intake
from processor.core.wire import headers, size

if TYPE_CHECKING:
    from processor.core.records import Event

SOURCE = "/untuned/produce"
TYPE = "untuned.event"


@dataclass(frozen=True, slots=True)
class ProducerRecord:
    """A message to be produced. `line` is where it stands in its file, counted from 1."""

    line: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def size(self) -> int:
        """Bytes that the message takes at the most, as Kafka's `max.message.bytes` counts them."""
        return size.of(self.key, self.value, self.headers)


def build(event: Event, line: int, key: str | None = None, *, source: str = SOURCE) -> ProducerRecord:
    """The message for an event, in CloudEvents' binary mode.

    Args:
        event: with an id.
        line: where it stands in its file.
        key: the name of the field whose value is the message key: a path in the input such as `customer.id`, or
            `attributes.NAME`; None takes the event's id.
        source: the CloudEvents source.

    Raises:
        UsageError: there is no such field in this event.
    """
    own = {
        "ce_specversion": "1.0",
        "ce_id": event.id,
        "ce_source": source,
        "ce_type": TYPE,
        "content-type": "application/json",
        headers.TASK: event.task,
    }
    if event.created_at is not None:
        own["ce_time"] = intake.time_text(event.created_at)
    found = event.id if key is None else _key(event, key)
    written = tuple((name, value.encode()) for name, value in own.items())
    return ProducerRecord(line, found.encode(), intake.encode(event), written)


def _key(event: Event, field: str) -> str:
    found: Any = {"attributes": event.attributes, **event.input}
    for name in field.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise errors.UsageError(f"it has no string or number `{field}` to be its key")
    return str(found)
