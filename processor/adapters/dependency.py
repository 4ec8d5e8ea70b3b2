"""One dependency at its gate: who waits for it, and how it stands."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from processor.core import errors

if TYPE_CHECKING:
    import asyncio

    from processor.core.pacing.pacer import Pacer, Pass


@dataclass(slots=True, eq=False)
class Waiter:
    """A call that waits: since when, and as which of all."""

    number: int
    since: float
    admitted: asyncio.Future[Pass]


@dataclass(slots=True)
class Dependency:
    """What is known of one. `slotted` calls but probes share the slots, `barred` is since when nothing passes."""

    name: str
    pacer: Pacer
    slotted: bool
    waiting: deque[Waiter] = field(default_factory=deque)
    barred: float | None = None
    failure: errors.Unavailable | errors.Misconfigured | None = None
    answered: int = 0
    unpriced: bool = False

    @property
    def first(self) -> Waiter | None:
        """Who has waited longest; those who were cancelled and do not know it yet are left out."""
        while self.waiting and self.waiting[0].admitted.done():
            self.waiting.popleft()
        return self.waiting[0] if self.waiting else None

    def slots(self, passed: Pass) -> int:
        """How many slots a call takes. A probe takes none: those of a server that hangs would keep others waiting."""
        return int(self.slotted and not passed.probe)

    def refusal(self, now: float) -> errors.Unavailable | errors.Misconfigured:
        """Why nothing passes, for whoever has no more patience."""
        left = max(0.0, self.pacer.paused - now) or None
        if self.pacer.circuit.state == "closed":
            return errors.Unavailable(self.name, f"the rate limit of {self.name} is used up", left, limited=True)
        if isinstance(self.failure, errors.Misconfigured):
            return errors.Misconfigured(self.name, str(self.failure))
        return errors.Unavailable(self.name, str(self.failure), left, unreached=True)

    def report(self, now: float) -> dict[str, Any]:
        """How it stands, for JSON."""
        circuit = self.pacer.circuit
        since = datetime.now(UTC) - timedelta(seconds=now - circuit.since)
        return {
            "state": circuit.state,
            "since": since.isoformat(timespec="seconds"),
            "why": str(self.failure) if self.pacer.barred(now) and self.failure else "",
            "paused": round(max(0.0, self.pacer.paused - now), 1),
            "limit": round(self.pacer.concurrency.limit, 2),
            "in_flight": self.pacer.in_flight,
            "waiting": len(self.waiting),
        }
