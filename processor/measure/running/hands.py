"""Many pieces of work, some at a time, until they are done, or the budget or somebody's patience is spent."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, TypeVar

from processor.measure.running import spend

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

TICK = 1.0
"""Seconds between two reports of progress while no piece ends."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)

T = TypeVar("T")


async def through(
    pieces: Iterable[T], work: Callable[[T], Awaitable[None]], hands: int, told: Callable[[], None]
) -> str:
    """Do all pieces in their order, `hands` at a time; empty, or why it ended before all were done.

    Once nothing more may be spent, no other piece is begun, and those under way come to their end if they buy nothing.
    Ctrl-C and SIGTERM end those under way; a second one ends the process as ever.

    Args:
        pieces: of work.
        work: does one. What it raises, but for `Reached`, ends all.
        hands: how many are done at a time.
        told: is called after each, and every second.
    """
    ended: list[str] = []
    queue = iter(pieces)

    async def hand() -> None:
        for piece in queue:
            try:
                await work(piece)
            except spend.Reached as reached:
                ended.append(str(reached))
            told()
            if ended:
                return

    working = [asyncio.create_task(hand()) for _ in range(hands)]
    everything = asyncio.gather(*working)
    ticking = asyncio.create_task(_ticking(told))

    def stop(name: str) -> None:
        ended.append(f"stopped by {name}")
        everything.cancel()

    try:
        with _listening(stop):
            await everything
    except asyncio.CancelledError:
        if not ended:
            raise
    finally:
        await _cancel([*working, ticking])
    return ended[0] if ended else ""


async def _ticking(told: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(TICK)
        told()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel the tasks, and return once they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _listening(stop: Callable[[str], None]) -> Iterator[None]:
    """Have the first signal call `stop`; from then on, and afterwards, signals do what they did before."""
    loop = asyncio.get_running_loop()
    found = {number: signal.getsignal(number) for number in SIGNALS}
    before = {number: handler for number, handler in found.items() if handler not in (None, signal.SIG_IGN)}

    def give_back() -> None:
        while before:
            number, handler = before.popitem()
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    def heard(name: str) -> None:
        give_back()
        stop(name)

    try:
        for number in tuple(before):
            loop.add_signal_handler(number, heard, "Ctrl-C" if number is signal.SIGINT else number.name)
    except (ValueError, RuntimeError, NotImplementedError):
        before.clear()  # not in the main thread, where no signal arrives
    try:
        yield
    finally:
        give_back()
