"""Who holds an item: a fold over the leases of its topic, in their order. All instances read the same, and agree; pure.

The first lease that nobody's stands in the way of holds. While it does, another's is void, one's own renews it, and
one of 0 seconds gives the item back. Time is the broker's, as the messages have it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LONGEST = 3600.0
"""Seconds that any lease holds at the most, whatever it says."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who has an item, and until when: milliseconds since the epoch, by the broker's clock."""

    by: str
    until_ms: int


def follow(now: Held | None, by: str, seconds: float, at_ms: int) -> Held | None:
    """Who holds the item once this lease has been read.

    Args:
        now: who held it before, perhaps no longer.
        by: whose lease it is.
        seconds: how long it is to hold; 0 or less gives the item back.
        at_ms: the broker's time of its message.
    """
    if now is not None and now.by != by and holds(now, at_ms):
        return now
    if not seconds > 0 or math.isnan(seconds):
        return None
    return Held(by, at_ms + round(min(seconds, LONGEST) * 1000))


def holds(held: Held, at_ms: int) -> bool:
    """Whether it still holds at this time."""
    return held.until_ms > at_ms
