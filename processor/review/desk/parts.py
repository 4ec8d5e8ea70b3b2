from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.adapters.wire import Wire
    from processor.config import Settings
    from processor.core.task import Task
    from processor.review.desk.outcomes import Outcomes


@dataclass(frozen=True, slots=True)
class Parts:
    """What a desk is made of; see `create`."""

    settings: Settings
    wire: Wire
    task: Callable[[str], Task | None]
    outcomes: Outcomes
    log: Callable[..., None]
    grace: float
    every: float
