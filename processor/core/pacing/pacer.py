"""When the next call to one dependency may start: its circuit, its adaptive limit, its budgets, and what it asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core.pacing import budget, circuit, concurrency
from processor.core.pacing.outcome import Outcome

if TYPE_CHECKING:
    from processor.core.pacing.budget import Charge, Limits, Spent

SPREAD = 0.1
"""The part of a pause that is added at random, at most, so that workers do not go on at the same time."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A call that was let through: when, in which epoch of the circuit, and what its budgets were charged.

    A `probe` was let through although the circuit was not closed.
    """

    at: float
    epoch: int
    charge: Charge
    probe: bool


@dataclass(frozen=True, slots=True)
class End:
    """How a call ended.

    Attributes:
        outcome: what that says of the dependency.
        pause: seconds that the dependency asks everybody to wait.
        spent: what the call took; None where it was not answered.
    """

    outcome: Outcome
    pause: float = 0.0
    spent: Spent | None = None


class Pacer:
    """One dependency's pace. Times are in seconds of one monotonic clock, jitters are random, in [0, 1).

    Attributes:
        circuit: whether it is there at all.
        concurrency: how many calls may be in flight.
        paused: until when it asked everybody to wait.
        in_flight: calls that were let through and have not ended, since the circuit was last opened or closed.
    """

    def __init__(self, most: int, now: float) -> None:
        self.circuit = circuit.Circuit(now)
        self.concurrency = concurrency.Concurrency(most)
        self.paused = 0.0
        self.in_flight = 0
        self._budget = budget.Budget()

    def barred(self, now: float) -> bool:
        """Whether nothing passes, for a reason on the other side."""
        return self.circuit.state != "closed" or self.paused > now

    def ready(self, now: float, limits: Limits) -> float:
        """When the next call may start; infinity: not before another one has ended."""
        closed = self.circuit.state == "closed"
        room = self.concurrency.ready(self.in_flight, now) if closed else self.circuit.ready
        return max(room, self.paused, self._budget.ready(now, limits))

    def start(self, now: float, limits: Limits, jitter: float) -> Pass:
        """Let a call through, at or after the time that `ready` gave."""
        probe = self.circuit.state != "closed"
        self.circuit.start(now, jitter)
        self.concurrency.start(now)
        self.in_flight += 1
        return Pass(now, self.circuit.epoch, self._budget.start(now, limits), probe)

    def end(self, passed: Pass, end: End, now: float, jitter: float) -> bool:
        """Note how a call ended; True where that opened or closed the circuit."""
        self._budget.end(passed.charge, end.spent)
        if end.pause:
            self.paused = max(self.paused, now + end.pause * (1 + SPREAD * jitter))
        if passed.epoch == self.circuit.epoch:
            self.in_flight -= 1
        if end.outcome is Outcome.LIMITED:
            self.concurrency.refused(passed.at, now, self.paused)
        elif end.outcome is Outcome.ANSWERED and self.circuit.state == "closed":
            self.concurrency.answered(passed.at, now)
        turned = self.circuit.end(passed.epoch, end.outcome, now, jitter)
        if turned:
            self.in_flight = 0
            if self.circuit.state == "closed":
                self.concurrency.restart(now)
        return turned
