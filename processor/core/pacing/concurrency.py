"""How many calls to one dependency may be in flight: fewer after each rate limit (HTTP 429), slowly more after.

Additive increase, multiplicative decrease, with a slow start after an outage and calls paced evenly over the time that
one takes, as TCP does it. Additive by time and not by answer, since each refusal may cost a pause that the server asks
for: so near the limit that was refused it rises slowly.

Source: Chiu and Jain, Analysis of the increase and decrease algorithms for congestion avoidance (1989); RFC 5681.
"""

from __future__ import annotations

import math

CUT = 0.7
"""What a refusal leaves of a limit that is far too high: it was refused as soon as it was set."""

TRIM = 0.9
"""What it leaves of one that has grown to where it is refused."""

GROWN = 1.03
"""It has grown to there where it is above what it was lowered to by this factor; else it is far too high."""

FAST = 0.05
SLOW = 0.01
"""Growth a second, in parts of the limit that was refused: up to `TRIM` of it, and from there on."""

QUIET = 20.0
"""Seconds without a refusal after which the limit may double again: what limited us is gone."""

NOTHING = 8
"""Steps down with no answer between: that says nothing of the rate, so the way up is as after an outage."""

DOUBLING = 0.5
"""Seconds between two doublings, at least; each follows an answer to a call that was started since the last one."""

UNANSWERED = 5.0
"""Seconds after which it is doubled although no answer has come yet: calls may take long."""

LEAST = 0.02
LONGEST_GAP = 3.0
"""Seconds between two calls, at most."""

SHORTEST_CALL = 0.1
"""Seconds that a call is taken for before any was answered."""

SMOOTHING = 0.05


class Concurrency:
    """The adaptive limit of one dependency, from `LEAST` to `most`. Times are in seconds of one monotonic clock.

    A limit of 0.5 means one call at a time, for half of the time.
    """

    def __init__(self, most: int) -> None:
        self.limit = float(most)
        self._most = float(most)
        self._ceiling = float(most)
        self._floor = 0.0
        self._doubling = False
        self._paced = False
        self._changed = 0.0
        self._lowered = 0.0
        self._started = -math.inf
        self._seconds = 0.0
        self._steps = 0
        self._before = float(most)

    def ready(self, in_flight: int, now: float) -> float:
        """When the next call may start beside those in flight; infinity: not before one of them has ended."""
        if self._doubling and now - self._changed >= UNANSWERED:
            self._double(now)
        if in_flight >= math.ceil(self.limit):
            return self._changed + UNANSWERED if self._doubling else math.inf
        if not self._paced:
            return 0.0
        return self._started + min(LONGEST_GAP, (self._seconds or SHORTEST_CALL) / self.limit)

    def start(self, now: float) -> None:
        """A call starts."""
        self._started = now

    def restart(self, now: float) -> None:
        """Begin with one call after an outage, and double up to what was good before: no thundering herd."""
        before = self._ceiling if self._doubling else self.limit
        self.limit = min(1.0, self.limit)
        self._double_to(before)
        self._changed = now

    def answered(self, started: float, now: float) -> None:
        """A call that was started at `started` was answered."""
        self._seconds += SMOOTHING * (now - started - self._seconds) if self._seconds else now - started
        if self._steps >= NOTHING:
            self._double_to(self._before)
        elif not self._doubling and now - self._lowered >= QUIET:
            self._double_to(self._most)
        self._steps = 0
        if self._doubling:
            if started >= self._changed and now - self._changed >= DOUBLING:
                self._double(now)
            return
        if now <= self._changed:  # a call from before a pause that is not over yet
            return
        rise = FAST if self.limit < TRIM * self._ceiling else SLOW
        self.limit += rise * self._ceiling * min(1.0, now - self._changed)
        self._changed = now
        self._ceiling = max(self._ceiling, self.limit)
        self._cap()

    def refused(self, started: float, now: float, resumes: float) -> None:
        """A call was refused for its rate; `resumes` is when calls may go on. One step down for a round of calls."""
        if started < self._lowered + self._seconds:
            return
        if not self._steps:
            self._before = self.limit
        self._steps += 1
        grown = self.limit >= GROWN * self._floor
        self._ceiling = self.limit
        self.limit = self._floor = max(LEAST, self.limit * (TRIM if grown else CUT))
        self._doubling = False
        self._paced = True
        self._lowered = self._changed = max(now, resumes)

    def _double_to(self, ceiling: float) -> None:
        self._ceiling = ceiling
        self._doubling = self.limit < ceiling

    def _double(self, now: float) -> None:
        self.limit = min(self._ceiling, 2 * self.limit)
        self._doubling = self.limit < self._ceiling
        self._changed = now
        self._cap()

    def _cap(self) -> None:
        if self.limit >= self._most:
            self.limit = self._most
            self._paced = False
