"""Acts on a decision: waits out an outage, publishes, and returns once the broker has what the message asked for."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from processor.core import backoff, errors, routing
from processor.core.records import Wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processor.core.records import Decision, Message, Result, Retry, Review


class _Story(Protocol):
    def decided(self, message: Message, decision: Decision, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Settler:
    """Brings one message to its end.

    Attributes:
        handle: the pipeline.
        publish: encodes a decision, sends it and awaits the broker's acknowledgement. Raises Unavailable while the
            broker or the registry is away, Misconfigured where one of them refuses us.
        story: writes what became of the message.
        sleep, jitter: as `asyncio.sleep` and `random.random`.
    """

    handle: Callable[[Message], Awaitable[Decision]]
    publish: Callable[[Result | Retry | Review], Awaitable[None]]
    story: _Story
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random

    async def settle(self, message: Message) -> None:
        """Decide and deliver; the same attempt is tried again for as long as a dependency is away."""
        started = time.monotonic()
        decision = await self._decide(message, started)
        try:
            await self._deliver(message, decision, started)
        except Exception as defect:  # noqa: BLE001 - what cannot be encoded or sent goes to people without its answers
            work = None if decision.work is None else dataclasses.replace(decision.work, attempts=())
            decision = routing.after_defect(message, work, defect)
            await self._deliver(message, decision, started)
        self.story.decided(message, decision, time.monotonic() - started)

    async def _decide(self, message: Message, started: float) -> Result | Retry | Review:
        failures = 0
        while isinstance(decision := await self.handle(message), Wait):
            await self._wait(message, decision, failures, started)
            failures += 1
        return decision

    async def _deliver(self, message: Message, decision: Result | Retry | Review, started: float) -> None:
        failures = 0
        while True:
            try:
                return await self.publish(decision)
            except (errors.Unavailable, errors.Misconfigured) as away:
                await self._wait(message, routing.waiting(away, decision.work), failures, started)
                failures += 1

    async def _wait(self, message: Message, waiting: Wait, failures: int, started: float) -> None:
        self.story.decided(message, waiting, time.monotonic() - started)
        await self.sleep(backoff.delay(failures, waiting.retry_after, self.jitter(), broken=waiting.broken))
