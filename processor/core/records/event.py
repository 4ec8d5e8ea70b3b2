"""An event, as a message and as work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.core.records.attempt import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from processor.core.records.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message stood in Kafka. `timestamp_ms` is the broker's, in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Message:
    """A Kafka message as it came: raw bytes, nothing decoded. Header values are bytes."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of work. The same `id` twice is the same work.

    `input` is a JSON object; `attributes` are short strings for filters and dashboards.
    """

    id: str
    task: str
    input: Mapping[str, Any]
    created_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """An event with where it came from and what was already tried.

    `attempt` counts from 1 and names the step that is taken now. `headers` are the message's headers as they came.
    `first` is where the event was first produced: on a retry it is carried along, else it is `origin`.
    `replay` is how many times a person has sent the event through again, 0 to 1,000.
    `due_at` is by the clock of the machine that wrote it, `delay` the seconds that it was to wait then.
    `call_failures` counts the calls of this attempt that failed while those of other events passed.
    """

    event: Event
    attempt: int
    attempts: tuple[Attempt, ...]
    origin: Origin
    first: Origin
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    due_at: datetime | None = None
    delay: float = 0.0
    replay: int = 0
    call_failures: int = 0

    @property
    def usage(self) -> Usage:
        """Tokens over all attempts so far."""
        return sum((attempt.usage for attempt in self.attempts), Usage())
