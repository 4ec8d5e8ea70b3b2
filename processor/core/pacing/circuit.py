"""A circuit breaker: a dependency that is away is asked by single probes only.

    closed ──► open ──► half-open ──► closed        closed: calls pass; open: none does;
                ▲           │                       half-open: a probe is on its way
                └───────────┘

Source: M. Nygard, Release It!, 2nd edition, "Circuit Breaker"; the names of its states are the usual ones.
"""

from __future__ import annotations

from typing import Literal

from processor.core.pacing.outcome import Outcome

ENOUGH = {Outcome.FAILED: 5, Outcome.UNREACHED: 2, Outcome.REFUSED: 2}
"""Failures in a row, with no answer between, that open the circuit; one alone may be the fault of its event."""

FIRST_PROBE = 0.5
"""Seconds from the opening to the first probe; doubled with each probe that fails, up to the longest pause."""

LONGEST_PAUSE = 5.0
"""Seconds to the next probe, at most; also where the last one has not come back: it may hang for long."""

State = Literal["closed", "open", "half-open"]


class Circuit:
    """The state of one dependency. Times are in seconds of one monotonic clock, jitters are random, in [0, 1).

    Attributes:
        epoch: changes with each opening and closing; a call of an earlier one says nothing of this.
        since: when it was opened or closed, or made.
    """

    def __init__(self, now: float) -> None:
        self.epoch = 0
        self.since = now
        self._open = False
        self._failures = 0
        self._probes = 0
        self._next_probe = 0.0

    @property
    def state(self) -> State:
        """As drawn above."""
        if not self._open:
            return "closed"
        return "half-open" if self._probes else "open"

    @property
    def ready(self) -> float:
        """When the next call may pass."""
        return self._next_probe if self._open else 0.0

    def start(self, now: float, jitter: float) -> None:
        """Note that a call passes; while the circuit is not closed, it is a probe."""
        if self._open:
            self._probes += 1
            self._next_probe = now + _spread(LONGEST_PAUSE, jitter)

    def end(self, epoch: int, outcome: Outcome, now: float, jitter: float) -> bool:
        """Note the end of a call that was started in `epoch`; True where this opens or closes the circuit."""
        if epoch != self.epoch:
            return False
        if self._open:
            return self._end_probe(outcome, now, jitter)
        if outcome in ENOUGH:
            self._failures += 1
            if self._failures >= ENOUGH[outcome]:
                self._turn(now, is_open=True)
                self._next_probe = now + _spread(FIRST_PROBE, jitter)
                return True
        elif outcome is not Outcome.SILENT:
            self._failures = 0
        return False

    def _end_probe(self, outcome: Outcome, now: float, jitter: float) -> bool:
        self._probes -= 1
        if outcome in ENOUGH:
            self._failures += 1
            pause = min(LONGEST_PAUSE, FIRST_PROBE * 2.0 ** min(self._failures, 16))
            self._next_probe = min(self._next_probe, now + _spread(pause, jitter))
        elif outcome is Outcome.SILENT:
            self._next_probe = now
        else:
            self._turn(now, is_open=False)
            return True
        return False

    def _turn(self, now: float, *, is_open: bool) -> None:
        self._open = is_open
        self._failures = 0
        self._probes = 0
        self.epoch += 1
        self.since = now


def _spread(seconds: float, jitter: float) -> float:
    """Jitter over the upper half, so that workers do not probe at the same time."""
    return seconds * (0.5 + jitter / 2)
