"""When an event that cannot go on steps out of the way: it is parked on the retry topic, with a time when it is due."""

from __future__ import annotations

OUTAGE = 30.0
"""Seconds that an event is parked whose dependency is away."""

TRIES = 3
"""Calls of one event that may fail, while those of others pass, before it is parked."""

MOST_FAILURES = 12
"""Calls of one event that may fail, while those of others pass, before people see it."""

LONGEST = 900.0
"""Seconds that an event waits at the most, whatever its record says."""


def for_outage(jitter: float) -> float:
    """Seconds to park; `jitter` in [0, 1) spreads the events, so that they do not all come back at once."""
    return OUTAGE * (0.8 + 0.4 * jitter)


def for_failures(failures: int, jitter: float) -> float | None:
    """Seconds to park after an event's own calls have failed so often; None where it is tried again at once."""
    if failures % TRIES:
        return None
    return OUTAGE / 2 * 2.0 ** (failures // TRIES - 1) * (0.8 + 0.4 * jitter)


def still(due_in: float, delay: float) -> float:
    """Seconds to wait for an event that is due in so many, by this machine's clock, and was to wait `delay` in all.

    Clocks differ, and jump: what counts is the shorter time.
    """
    return max(0.0, min(due_in, delay, LONGEST))
