"""What this worker knows of attempts: which are under way here, which answers are paid for, which attempts are done.

Behind it stands the journal, a compacted topic with a partition for each of the tasks topic. A worker that is given a
partition reads the end of its journal first: an answer that a worker before it had received is not bought again, and an
attempt whose outcome it had published is not repeated. Without a journal, only this process remembers.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from processor.core import errors
from processor.core.delivery import backoff, ledger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from processor.core.records import Completion, Prompt


LAST_WRITES = 2.0
"""Seconds that answers which are being written to the journal get at the end."""


class Journal(Protocol):
    """The journal topic. Partitions are numbers of the tasks topic's."""

    def read(self, positions: Mapping[int, int], most: int) -> Mapping[int, ledger.Tail]:
        """What stands behind each position, at most the last `most` attempts; blocks.

        Raises:
            Unavailable, Misconfigured: no Kafka, or it refuses us.
        """

    async def write(self, partition: int, attempt: str, value: bytes) -> None:
        """Append a record; returns once the broker has it.

        Raises:
            Unavailable: the broker is away.
        """


@dataclass(slots=True)
class _Partition:
    known: ledger.Ledger
    position: int = 0
    loading: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _UnderWay:
    partition: int
    over: asyncio.Event = field(default_factory=asyncio.Event)


class _Hand(Protocol):
    is_idle: bool


Ask = Callable[["Prompt", Callable[[], None]], Awaitable["Completion"]]
"""Asks a model; calls the function when the call begins, which may have to wait for its turn."""


@dataclass(slots=True, eq=False)
class _Call:
    """A model call: `begun` once it costs something. `hand` is told whether it only waits."""

    hand: _Hand
    task: asyncio.Task[Completion] = field(init=False)
    begun: bool = False

    def begin(self) -> None:
        self.begun = True
        self.hand.is_idle = False


class Memory:
    """One for a worker; used in its loop."""

    def __init__(
        self,
        journal: Journal | None,
        most: int,
        ask: Ask,
        warn: Callable[..., None],
        hand: Callable[[], _Hand],
    ) -> None:
        """Remember nothing yet.

        Args:
            journal: where it is kept; None for this process alone.
            most: attempts that are done, by partition.
            ask: the model.
            warn: is told where an answer could not be written down.
            hand: the message that is worked on: it is idle while its call waits for its turn.
        """
        self._journal = journal
        self._most = most
        self._ask = ask
        self._warn = warn
        self._hand = hand
        self._partitions: defaultdict[int, _Partition] = defaultdict(lambda: _Partition(ledger.Ledger(most)))
        self._under_way: dict[str, _UnderWay] = {}
        self._calls: dict[tuple[str, str], _Call] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def assign(self, partitions: Iterable[int]) -> None:
        """These are this worker's now: read what others wrote of them; forget the rest."""
        owned = set(partitions)
        for number in self._partitions.keys() - owned:
            self._stop_loading(self._partitions.pop(number))
        if self._journal is None or not owned:
            return
        loading = asyncio.create_task(self._load(self._journal, owned))
        for number in owned:
            self._stop_loading(self._partitions[number])
            self._partitions[number].loading = loading

    @asynccontextmanager
    async def claim(self, partition: int, attempt: str) -> AsyncIterator[bool]:
        """Work on an attempt that nobody else here works on; False where it is done already.

        Waits until the partition's journal is read, and while the same attempt is under way.
        """
        if loading := self._partitions[partition].loading:
            await asyncio.shield(loading)
        while other := self._under_way.get(attempt):
            await other.over.wait()
        mine = self._under_way[attempt] = _UnderWay(partition)
        try:
            yield not self._partitions[partition].known.is_done(attempt)
        finally:
            del self._under_way[attempt]
            mine.over.set()

    async def complete(self, prompt: Prompt) -> Completion:
        """The model's answer to a claimed attempt: the one that was paid for, or that is on its way, or a new one.

        A call that has begun outlives who waits for it: where the caller is cancelled (a rebalance), its answer is kept
        all the same.

        Raises:
            StageError: as the model's.
        """
        partition = self._under_way[prompt.attempt].partition
        known = self._partitions[partition].known
        if (paid := known.answer(prompt.attempt, prompt.version)) is not None:
            return paid
        key = prompt.attempt, prompt.version
        if (call := self._calls.get(key)) is None:
            call = self._calls[key] = _Call(self._hand())
            call.hand.is_idle = True
            call.task = asyncio.create_task(self._buy(prompt, partition, call))
            call.task.add_done_callback(lambda ended: self._ended(key, ended))
        try:
            return await asyncio.shield(call.task)
        finally:
            if not call.begun:
                call.task.cancel()  # as it may be when its caller was: nobody would be there for the answer
            call.hand.is_idle = False

    async def finish(self, partition: int, attempt: str, kind: str) -> None:
        """Note that an attempt's outcome is published.

        Raises:
            Unavailable: the journal cannot be written.
        """
        self._partitions[partition].known.finish(attempt)
        if self._journal is None:
            return
        try:
            await self._journal.write(partition, attempt, ledger.done_record(kind))
        except ValueError as error:  # too large for the topic; what is published need not wait for that
            self._warn("an outcome could not be noted in the journal", detail=str(error))

    async def close(self) -> None:
        """End the calls that nobody waits for any more, and what else is under way; answers are written down first."""
        await _cancel([*(call.task for call in self._calls.values())])
        await _cancel([found.loading for found in self._partitions.values() if found.loading])
        if self._writing:
            await asyncio.wait(self._writing, timeout=LAST_WRITES)
        await _cancel([*self._writing])

    async def _buy(self, prompt: Prompt, partition: int, call: _Call) -> Completion:
        completion = await self._ask(prompt, call.begin)
        paid = ledger.Paid(prompt.version, completion)
        if partition in self._partitions:
            self._partitions[partition].known.pay(prompt.attempt, paid)
        if self._journal is not None:
            # Nobody waits for it: the outcome that follows is as good a proof, a moment later.
            writing = asyncio.create_task(self._write(self._journal, partition, prompt.attempt, paid))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)
        return completion

    async def _write(self, journal: Journal, partition: int, attempt: str, paid: ledger.Paid) -> None:
        try:
            await journal.write(partition, attempt, ledger.paid_record(paid))
        except (errors.StageError, ValueError) as error:
            self._warn("an answer could not be written to the journal", detail=str(error))

    def _ended(self, key: tuple[str, str], call: asyncio.Task[Completion]) -> None:
        self._calls.pop(key, None)
        if not call.cancelled():
            call.exception()  # seen, even where nobody waits for it any more

    async def _load(self, journal: Journal, owned: set[int]) -> None:
        failures = 0
        while True:
            positions = {number: self._partitions[number].position for number in owned & self._partitions.keys()}
            try:
                read = await asyncio.to_thread(journal.read, positions, self._most)
            except Exception as error:  # noqa: BLE001 - claims wait for this: a defect must not end it for good
                told = str(error) if isinstance(error, errors.UntunedError) else repr(error)
                self._warn("the journal cannot be read", detail=told)
                await asyncio.sleep(backoff.delay(failures, None, 1.0))
                failures += 1
            else:
                break
        for number, found in read.items():
            if number in self._partitions:
                self._partitions[number].known.merge(found.found)
                self._partitions[number].position = found.position
                self._partitions[number].loading = None

    def _stop_loading(self, partition: _Partition) -> None:
        if partition.loading is not None:
            partition.loading.cancel()
            partition.loading = None


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    """Cancel the tasks, and return once they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
