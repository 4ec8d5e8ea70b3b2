"""How many calls to one dependency may be in flight: fewer after each rate limit (HTTP 429), slowly more after.

Additive increase, multiplicative decrease, with a slow start after an outage, as TCP does it. Additive by time and not
by answer, since each refusal may cost a pause that the server asks for.

Source: Chiu and Jain, Analysis of the increase and decrease algorithms for congestion avoidance (1989); RFC 5681.
"""

from __future__ import annotations

CUT = 0.5
"""What a refusal leaves of a limit that is far too high: it had not come near the one that was refused before."""

TRIM = 0.85
"""What it leaves of one that has grown to about where it was refused before."""

RISE = 0.025
"""Growth a second, in parts of the limit that was refused."""

QUIET = 15.0
"""Seconds without a refusal after which the limit may double again: what limited us is gone."""

DOUBLING = 0.5
"""Seconds between two doublings, at least; each follows an answer to a call that was started since the last one."""

UNANSWERED = 5.0
"""Seconds after which it is doubled although no answer has come yet: calls may take long."""

LEAST = 0.02
LONGEST_GAP = 5.0
"""Seconds between two calls, at most, where even one at a time is too many."""

SHORTEST_CALL = 0.1
"""Seconds that a call is taken for at least where gaps are made from it."""

SMOOTHING = 0.2


class Concurrency:
    """The adaptive limit of one dependency, from `LEAST` to `most`. Times are in seconds of one monotonic clock.

    A limit under 1 means one call at a time with a gap after it: 0.5 is busy for half of the time.
    """

    def __init__(self, most: int) -> None:
        self.limit = float(most)
        self._most = float(most)
        self._ceiling = float(most)
        self._doubling = False
        self._changed = 0.0
        self._lowered = 0.0
        self._ended = 0.0
        self._seconds = 0.0

    def ready(self, in_flight: int, now: float) -> float:
        """When the next call may start beside those in flight; infinity: not before one of them has ended."""
        if self._doubling and now - self._changed >= UNANSWERED:
            self._double(now)
        if in_flight >= max(1, int(self.limit)):
            return self._changed + UNANSWERED if self._doubling else float("inf")
        if self.limit >= 1:
            return 0.0
        return self._ended + min(LONGEST_GAP, max(SHORTEST_CALL, self._seconds) * (1 / self.limit - 1))

    def restart(self, now: float) -> None:
        """Begin with one call after an outage, and double up to what was good before: no thundering herd."""
        if not self._doubling:
            self._ceiling = self.limit
        self.limit = min(1.0, self.limit)
        self._doubling = self.limit < self._ceiling
        self._changed = now

    def answered(self, started: float, now: float) -> None:
        """A call that was started at `started` was answered."""
        self._ended = now
        self._seconds += SMOOTHING * (now - started - self._seconds) if self._seconds else now - started
        if not self._doubling and now - self._lowered >= QUIET:
            self._ceiling = self._most
            self._doubling = self.limit < self._most
        if self._doubling:
            if started >= self._changed and now - self._changed >= DOUBLING:
                self._double(now)
            return
        rise = RISE * self._ceiling * min(1.0, now - self._changed)
        self._changed = now
        self.limit = min(self._most, self.limit + rise)
        self._ceiling = max(self._ceiling, self.limit)

    def refused(self, started: float, now: float, resumes: float) -> None:
        """A call was refused for its rate; `resumes` is when calls may go on. One step down for a round of calls."""
        self._ended = now
        if started < self._lowered:
            return
        near = self.limit >= 0.95 * self._ceiling
        self._ceiling = self.limit
        self.limit = max(LEAST, self.limit * (TRIM if near else CUT))
        self._doubling = False
        self._lowered = self._changed = max(now, resumes)

    def _double(self, now: float) -> None:
        self.limit = min(self._ceiling, 2 * self.limit)
        self._doubling = self.limit < self._ceiling
        self._changed = now
