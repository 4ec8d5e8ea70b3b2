"""How long to wait before the same attempt is tried again."""

from __future__ import annotations

BASE = 0.5
CEILING = 5.0
"""Seconds; the gates keep single events from asking too often, and the end of an outage is to be seen soon."""

BROKEN = 15.0

LONGEST = 60.0
"""Seconds of what a dependency asked for after which it is tried again: its gate knows how much of that is left. A
worker whose messages all wait, and others for their places, shows in time that they do."""


def delay(failures: int, retry_after: float | None, jitter: float, *, broken: bool = False) -> float:
    """Seconds to wait: exponential with full jitter over its upper half, beyond what the dependency asked for.

    Args:
        failures: how often it has failed in a row, counted from 0.
        retry_after: seconds that the dependency asked for; `LONGEST` at the most.
        jitter: a random number in [0, 1), passed in.
        broken: waiting alone will not mend it (a wrong key): look again at a slow, steady pace.

    Source: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
    """
    ceiling = BROKEN if broken else min(CEILING, BASE * 2 ** min(failures, 16))
    return min(max(retry_after or 0.0, 0.0), LONGEST) + ceiling * (0.5 + jitter / 2)
