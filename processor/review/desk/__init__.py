"""What changes things, through Kafka: leases, rulings and what follows from them; and what fills the view.

topics -> tailing (a thread; places, filling) -> view; news wake whoever waits for what they published to come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.review.desk.desk import Desk
from processor.review.desk.outcomes import Outcomes
from processor.review.desk.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.adapters.wire import Wire
    from processor.config import Settings
    from processor.core.task import Task
    from processor.review.desk.outcomes import Follow

__all__ = ["Desk", "create", "quiet"]


def quiet(event: str, **fields: object) -> None:
    """Log nothing."""
    del event, fields


def create(
    settings: Settings,
    wire: Wire,
    task: Callable[[str], Task | None],
    follow: Follow,
    *,
    log: Callable[..., None] = quiet,
    grace: float = 30.0,
    every: float = 10.0,
) -> Desk:
    """A desk with its view, to be entered as a context manager.

    Args:
        settings: where Kafka is; the view is in its state folder.
        wire: reads and writes the topics' messages.
        task: a task of the project by its name, in its last good version.
        follow: what is published for a ruling that counts.
        log: one line about the application itself: its name, and fields without an event's contents.
        grace: seconds after which a ruling's outcome is looked for, and published where it is missing.
        every: seconds between two such looks.
    """
    return Desk(Parts(settings, wire, task, Outcomes(settings, wire, task, follow), log, grace, every))
