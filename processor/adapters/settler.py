"""Brings one message to its end: waits for its time, decides, acts on the decision, and tells the memory.

Returns once the broker has what the message asked for. An outage is waited out with no attempt spent; where events of
other tasks could go on, the waiting ones are parked on the retry topic instead.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from processor.core import auditing, errors, routing
from processor.core.delivery import backoff, identity, parking
from processor.core.records import Result, Retry, Review, Wait, Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from processor.core.records import Decision, Message, Provenance

    Outcome = Result | Retry | Review


class _Pipeline(Protocol):
    async def open(self, message: Message) -> Work | Decision: ...
    async def attempt(self, message: Message, work: Work) -> Decision: ...


class _Memory(Protocol):
    def claim(self, partition: int, attempt: str) -> AbstractAsyncContextManager[bool]: ...
    async def finish(self, partition: int, attempt: str, kind: str) -> None: ...


class _Place(Protocol):
    is_idle: bool
    is_delivering: bool

    def aside(self) -> AbstractAsyncContextManager[None]: ...


class _Story(Protocol):
    def decided(self, message: Message, decision: Decision, seconds: float) -> None: ...
    def repeated(self, message: Message, work: Work | None) -> None: ...
    def warn(self, event: str, **fields: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Settler:
    """Settles messages, many at a time.

    Attributes:
        pipeline: decides.
        publish: encodes a decision, sends it and awaits the broker's acknowledgement. Raises Unavailable while the
            broker or the registry is away, Misconfigured where one of them refuses us.
        memory: knows which attempts are done.
        parks: whether the work, as things are and by what it last had to wait for, should step out of the way of
            others: what is known of it then.
        answered: how many calls of a dependency have passed so far.
        story: writes what became of the message.
        sleep, jitter, now: as `asyncio.sleep`, `random.random` and `datetime.now(UTC)`.
    """

    pipeline: _Pipeline
    publish: Callable[[Outcome], Awaitable[None]]
    memory: _Memory
    story: _Story
    parks: Callable[[Work, Wait | None], Provenance | None] = lambda *_: None
    answered: Callable[[str], int] = lambda _: 0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def settle(self, message: Message, place: _Place) -> None:
        """Decide and deliver; the same attempt is tried again for as long as a dependency is away."""
        started = time.monotonic()
        opened = await self._open(message, place, started)
        work = opened if isinstance(opened, Work) else None
        if work is not None:
            await self._until_due(work, place)
        partition, attempt = message.origin.partition, identity.of(work) if work else identity.of_place(message)
        async with self.memory.claim(partition, attempt) as is_new:
            if not is_new:
                self.story.repeated(message, work)
                return
            decision = await self._decide(message, opened, place, started) if isinstance(opened, Work) else opened
            place.is_delivering = True
            decision = await self._publish(message, decision, started)
            if not (isinstance(decision, Retry) and decision.parked):
                await self._insist(message, lambda: self._finish(partition, attempt, decision), decision, started)
        self.story.decided(message, decision, time.monotonic() - started)

    async def _open(self, message: Message, place: _Place, started: float) -> Work | Outcome:
        failures = 0
        while isinstance(opened := await self.pipeline.open(message), Wait):
            await self._rest(message, opened, place, failures, started)
            failures += 1
        return opened

    async def _until_due(self, work: Work, place: _Place) -> None:
        if work.due_at is None:
            return
        if seconds := parking.still((work.due_at - self.now()).total_seconds(), work.delay):
            async with place.aside():
                await self.sleep(seconds)

    async def _decide(self, message: Message, work: Work, place: _Place, started: float) -> Outcome:
        failures, passed, met = 0, None, None
        while True:
            if (made := self.parks(work, met)) is not None:
                return routing.parked(work, made, parking.for_outage(self.jitter()))
            decision = await self.pipeline.attempt(message, work)
            if not isinstance(decision, Wait):
                return decision
            met = decision
            answered = self.answered(decision.dependency)
            if passed is not None and answered > passed and decision.suspect:
                work = dataclasses.replace(work, call_failures=work.call_failures + 1)
                if (out := self._out_of_the_way(message, work, decision)) is not None:
                    return out
            passed = answered
            await self._rest(message, decision, place, failures, started)
            failures += 1

    def _out_of_the_way(self, message: Message, work: Work, wait: Wait) -> Retry | Review | None:
        """Where work goes whose own call has failed once more, if it is not tried again at once."""
        if work.call_failures >= parking.MOST_FAILURES:
            return routing.after_failed_calls(message, work, wait)
        seconds = parking.for_failures(work.call_failures, self.jitter())
        if seconds is None or wait.provenance is None:
            return None
        return routing.parked(work, wait.provenance, seconds)

    async def _publish(self, message: Message, decision: Outcome, started: float) -> Outcome:
        """Publish the decision; what cannot be encoded or sent goes to people, with less and less of it."""
        try:
            await self._insist(message, lambda: self.publish(decision), decision, started)
        except Exception as defect:
            instead = routing.less(message, decision, defect)
            if instead is None:
                raise
            return await self._publish(message, instead, started)
        if isinstance(decision, Result) and decision.audit is not None:
            return dataclasses.replace(decision, audit=await self._show(message, decision.audit, started))
        return decision

    async def _show(self, message: Message, audit: Review, started: float) -> Review | None:
        """Publish what people look at of a result that is out; where it cannot be sent, that is only said."""
        for shown in (audit, auditing.lighter(audit)):
            try:
                await self._insist(message, functools.partial(self.publish, shown), shown, started)
            except Exception as defect:  # noqa: BLE001 - the event is done, whatever an audit of it meets
                failed = defect
            else:
                return shown
        self.story.warn("audit_left_out", error=type(failed).__name__, **_named(audit))
        return None

    async def _finish(self, partition: int, attempt: str, decision: Outcome) -> None:
        await self.memory.finish(partition, attempt, type(decision).__name__.lower())

    async def _insist(
        self, message: Message, act: Callable[[], Awaitable[None]], decision: Outcome, started: float
    ) -> None:
        failures = 0
        while True:
            try:
                return await act()
            except (errors.Unavailable, errors.Misconfigured) as away:
                await self._wait(message, routing.waiting(away, decision.work), failures, started)
                failures += 1

    async def _rest(self, message: Message, waiting: Wait, place: _Place, failures: int, started: float) -> None:
        """Wait with nothing begun: a drain need not wait for it."""
        place.is_idle = True
        await self._wait(message, waiting, failures, started)
        place.is_idle = False

    async def _wait(self, message: Message, waiting: Wait, failures: int, started: float) -> None:
        if not failures:
            self.story.decided(message, waiting, time.monotonic() - started)
        await self.sleep(backoff.delay(failures, waiting.retry_after, self.jitter(), broken=waiting.broken))


def _named(audit: Review) -> dict[str, str]:
    return {} if audit.work is None else {"id": audit.work.event.id, "task": audit.work.event.task}
