"""The gates: every call to a model, to the embeddings server and to Weaviate waits here until it may start.

What may start when is decided in `core.pacing`; here is the waiting. First come, first served, over all dependencies
that are not held up themselves.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from processor.adapters import openai_client
from processor.adapters.dependency import Dependency, Waiter
from processor.core import errors
from processor.core.pacing import outcome
from processor.core.pacing.pacer import End, Pacer, Pass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from processor.core.pacing.budget import Limits, Spent

PATIENCE = 10.0
"""Seconds that a call waits while nothing passes: then its event can be put aside, and others go on."""

LOOK = 5.0
"""Seconds between two looks at those who wait, at most: the limits of a budget may have been raised."""

BESIDE = 4
"""Calls to each dependency beside the models that may be in flight, in multiples of the slots."""

T = TypeVar("T")


class _Story(Protocol):
    def note(self, event: str, **fields: object) -> None: ...
    def warn(self, event: str, **fields: object) -> None: ...


class Gates:
    """The gates of one worker; they live in its loop.

    Args:
        limits: what may be spent on a dependency in a minute; asked at each call, so it may change.
        story: is told when a circuit opens, and when it closes.
        slots: calls to models that may be in flight, over all of them, beside probes.
        clock: the loop's: seconds, monotonic.
        jitter: random numbers in [0, 1).
    """

    def __init__(
        self,
        limits: Callable[[str], Limits],
        story: _Story,
        *,
        slots: int,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._limits = limits
        self._story = story
        self._slots = slots
        self._free = slots
        self._clock = clock
        self._jitter = jitter
        self._gates: dict[str, Dependency] = {}
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def call(
        self, dependency: str, ask: Callable[[], Awaitable[T]], spent: Callable[[T], Spent] | None = None
    ) -> T:
        """What `ask` gives, once the dependency's gate lets it through; safe to be cancelled at any time.

        Args:
            dependency: as in `errors.Unavailable`. Errors that name another one say nothing of it.
            ask: makes the call.
            spent: what an answer took of the budgets.

        Raises:
            Unavailable, Misconfigured: nothing has passed for `PATIENCE` seconds (the circuit is open, or the
                dependency asked everybody to wait); as what opened it. And whatever `ask` raises.
        """
        gate = self._gate(dependency)
        passed = await self._admitted(gate)
        end = End(outcome.Outcome.SILENT)
        try:
            answer = await ask()
            end = End(outcome.Outcome.ANSWERED, openai_client.used_up(), self._spent(gate, spent, answer))
        except errors.StageError as error:
            end = self._failed(gate, error)
            raise
        else:
            return answer
        finally:
            self._end(gate, passed, end)

    def open_circuits(self) -> frozenset[str]:
        """The dependencies whose circuit is not closed, or that want nobody to ask for longer than `PATIENCE`."""
        soon = self._clock() + PATIENCE
        return frozenset(name for name, gate in self._gates.items() if gate.pacer.barred(soon))

    def answered(self, dependency: str) -> int:
        """How many calls it has answered so far, refusals of single requests included."""
        gate = self._gates.get(dependency)
        return 0 if gate is None else gate.answered

    @property
    def busy(self) -> bool:
        """Whether a call is under way or waits."""
        return any(gate.pacer.in_flight or gate.waiting for gate in self._gates.values())

    def report(self) -> Mapping[str, Any]:
        """How each dependency stands, for JSON; may be asked from any thread."""
        now = self._clock()
        return {name: gate.report(now) for name, gate in sorted(self._gates.copy().items())}

    def _gate(self, dependency: str) -> Dependency:
        gate = self._gates.get(dependency)
        if gate is None:
            slotted = dependency == "model" or dependency.startswith("model ")
            pacer = Pacer(self._slots if slotted else BESIDE * self._slots, self._clock())
            gate = self._gates[dependency] = Dependency(dependency, pacer, slotted)
        return gate

    async def _admitted(self, gate: Dependency) -> Pass:
        if not gate.waiting and (passed := self._start(gate, self._clock())):
            return passed
        waiter = Waiter(next(self._numbers), self._clock(), asyncio.get_running_loop().create_future())
        gate.waiting.append(waiter)
        if gate.first is waiter:  # behind others it changes nothing
            self._admit()
        try:
            return await waiter.admitted
        except asyncio.CancelledError:
            # It may have been let through, or have run out of patience, at the very moment.
            if waiter in gate.waiting:
                gate.waiting.remove(waiter)
            elif not waiter.admitted.cancelled() and waiter.admitted.exception() is None:
                self._end(gate, waiter.admitted.result(), End(outcome.Outcome.SILENT))
            raise

    def _start(self, gate: Dependency, now: float) -> Pass | None:
        """Let a call through, if one may start now."""
        if gate.slotted and not self._free and gate.pacer.circuit.state == "closed":
            return None
        limits = self._limits(gate.name)
        if gate.pacer.ready(now, limits) > now:
            return None
        passed = gate.pacer.start(now, limits, self._jitter())
        self._free -= gate.slots(passed)
        return passed

    def _admit(self) -> None:
        """Let through all who may start now, the longest waiting first, and look again when the next one may."""
        now = self._clock()
        later = math.inf
        waiting = [gate for gate in self._gates.values() if gate.waiting]
        for gate in waiting:
            later = min(later, self._run_out(gate, now))
        while waiting:
            firsts = [(first.number, gate, first) for gate in waiting if (first := gate.first)]
            if not firsts:
                break
            _, gate, first = min(firsts)
            if passed := self._start(gate, now):
                gate.waiting.popleft()
                first.admitted.set_result(passed)
            else:
                waiting.remove(gate)
                ready = gate.pacer.ready(now, self._limits(gate.name))
                later = min(later, ready if ready > now else math.inf)
        self._look_again(later)

    def _run_out(self, gate: Dependency, now: float) -> float:
        """End the waiting of those whose patience is at its end; when the next one's is."""
        if not gate.pacer.barred(now):
            gate.barred = None
            return math.inf
        gate.barred = now if gate.barred is None else gate.barred
        while first := gate.first:
            end = max(first.since, gate.barred) + PATIENCE
            if end > now:
                return end
            gate.waiting.popleft()
            first.admitted.set_exception(gate.refusal(now))
        return math.inf

    def _look_again(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at < math.inf:
            delay = min(LOOK, max(0.0, at - self._clock()))
            self._timer = asyncio.get_running_loop().call_later(delay, self._admit)

    def _spent(self, gate: Dependency, spent: Callable[[T], Spent] | None, answer: T) -> Spent | None:
        limits = self._limits(gate.name)
        if spent is None or (limits.tokens is None and limits.usd is None):
            return None
        found = spent(answer)
        if limits.usd is not None and found.usd is None and not gate.unpriced:
            gate.unpriced = True
            self._story.warn("budget_without_price", dependency=gate.name)
        return found

    def _failed(self, gate: Dependency, error: errors.StageError) -> End:
        found, pause = outcome.of(error, gate.name), openai_client.used_up()
        if found is outcome.Outcome.SILENT or not isinstance(error, errors.Unavailable | errors.Misconfigured):
            return End(found, pause)
        gate.failure = error
        asked = error.retry_after if isinstance(error, errors.Unavailable) else None
        return End(found, max(asked or 0.0, pause))

    def _end(self, gate: Dependency, passed: Pass, end: End) -> None:
        now = self._clock()
        self._free += gate.slots(passed)
        gate.answered += end.outcome is outcome.Outcome.ANSWERED
        before = gate.pacer.circuit.since
        if gate.pacer.end(passed, end, now, self._jitter()):
            if gate.pacer.circuit.state == "closed":
                self._story.note("circuit_closed", dependency=gate.name, seconds=round(now - before, 1))
            else:
                self._story.warn("circuit_opened", dependency=gate.name, detail=str(gate.failure))
        self._admit()
