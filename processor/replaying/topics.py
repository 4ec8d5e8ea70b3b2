"""Where events are replayed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.core.replay.candidate import Source
    from processor.core.views.outcomes import Read


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one replay.

    Attributes:
        settings: where Kafka is.
        source: the topic that is chosen from.
        read: decodes its records.
        since_ms: read it from this time on, in milliseconds since the epoch; None from its beginning.
    """

    settings: Settings
    source: Source
    read: Read
    since_ms: int | None = None

    @property
    def chosen_from(self) -> str:
        """The full name of the topic that is chosen from."""
        return self.settings.topic(self.source)

    @property
    def sent_from(self) -> str:
        """The full name of the topic that holds what is sent: results hold no input."""
        return self.settings.topic("tasks" if self.source == "results" else self.source)

    @property
    def target(self) -> str:
        """The full name of the topic that is sent to."""
        return self.settings.topic("tasks")
