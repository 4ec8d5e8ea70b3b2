"""What is chosen to be replayed, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.core.replay.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Group:
    """Events of one task and one reason, and when the oldest and the newest came to stand where they were chosen from.

    Times are in milliseconds since the epoch.
    """

    task: str
    reason: str
    events: int
    oldest_ms: int
    newest_ms: int


def groups(chosen: Iterable[Candidate]) -> list[Group]:
    """By task and reason, the largest first."""
    times: dict[tuple[str, str], list[int]] = {}
    for item in chosen:
        times.setdefault((item.task, item.reason), []).append(item.stands.timestamp_ms)
    found = [Group(*about, len(at), min(at), max(at)) for about, at in times.items()]
    return sorted(found, key=lambda group: (-group.events, group.task, group.reason))
