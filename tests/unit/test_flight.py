import asyncio
import dataclasses
import functools

import pytest

from processor.adapters.flight import WINDOW_FACTOR, Flight
from processor.core.records import Message
from tests import builders


class Work:
    """Settles a message when told to."""

    def __init__(self):
        self.started: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}

    async def settle(self, message: Message):
        offset = message.origin.offset
        self.started.append(offset)
        await self.gates.setdefault(offset, asyncio.Event()).wait()

    def finish(self, *offsets: int):
        for offset in offsets:
            self.gates.setdefault(offset, asyncio.Event()).set()


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


PARTITION = ("untuned.tasks", 0)


def nothing():
    """For messages whose release does not matter."""


async def test_no_more_than_the_limit_is_in_flight():
    work = Work()
    flight = Flight(work.settle, 2)
    takers = [asyncio.create_task(flight.take(builders.message(offset=i), nothing)) for i in range(4)]
    await settled()
    assert work.started == [0, 1]
    work.finish(1)
    await settled()
    assert work.started == [0, 1, 2]
    assert flight.committable(PARTITION) is None
    work.finish(0, 2, 3)
    await asyncio.gather(*takers)
    await settled()
    assert flight.committable(PARTITION) == 4
    assert flight.size == 0


async def test_a_stuck_event_bounds_how_far_its_partition_runs_ahead():
    work = Work()
    flight = Flight(work.settle, 2)
    work.finish(*range(1, 100))

    async def feed():
        for offset in range(100):
            await flight.take(builders.message(offset=offset), nothing)

    feeder = asyncio.create_task(feed())
    for _ in range(100):
        await settled()
    assert len(work.started) == WINDOW_FACTOR * 2
    work.finish(0)
    await feeder
    await settled()
    assert flight.committable(PARTITION) == 100


async def test_a_drain_waits_then_cancels_and_cancelled_events_are_not_committable():
    work = Work()
    flight = Flight(work.settle, 4)
    released: list[int] = []
    for offset in range(3):
        await flight.take(builders.message(offset=offset), functools.partial(released.append, offset))
    work.finish(0, 2)
    await settled()
    assert await flight.drain(0.01) == 1
    assert sorted(released) == [0, 1, 2]
    assert flight.committable(PARTITION) == 1


async def test_what_waits_for_a_place_in_a_drain_is_left_to_the_next_owner():
    work = Work()
    flight = Flight(work.settle, 1)
    await flight.take(builders.message(offset=0), nothing)
    released: list[int] = []
    waiting = asyncio.create_task(flight.take(builders.message(offset=1), lambda: released.append(1)))
    await settled()
    drain = asyncio.create_task(flight.drain(5))
    await settled()
    work.finish(0)
    assert await drain == 0
    flight.resume()
    await waiting
    assert released == [1]
    assert work.started == [0]
    assert flight.committable(PARTITION) is None


async def test_a_new_generation_starts_afresh():
    work = Work()
    work.finish(*range(10))
    flight = Flight(work.settle, 2)
    await flight.take(builders.message(offset=5), nothing)
    await flight.drain(1)
    flight.resume()
    await flight.take(builders.message(offset=3), nothing)
    await settled()
    assert work.started == [5, 3]
    assert flight.committable(PARTITION) == 4


async def test_partitions_are_tracked_apart():
    work = Work()
    flight = Flight(work.settle, 4)
    first = builders.message(offset=3)
    other = dataclasses.replace(first, origin=dataclasses.replace(first.origin, partition=1))
    await flight.take(first, nothing)
    await flight.take(other, nothing)
    work.finish(3)
    await settled()
    assert flight.committable(PARTITION) == 4
    assert flight.committable(("untuned.tasks", 1)) == 4
    assert flight.committable(("untuned.retry", 0)) is None


async def test_a_defect_is_reported_and_its_offset_is_not_committable():
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def broken(_: Message):
        raise ZeroDivisionError

    flight = Flight(broken, 2)
    released: list[int] = []
    await flight.take(builders.message(offset=0), lambda: released.append(0))
    await settled()
    assert released == [0]
    assert isinstance(reported[0]["exception"], ZeroDivisionError)
    assert flight.committable(PARTITION) is None


@pytest.mark.parametrize("seconds", [0.0, 1.0])
async def test_draining_nothing_returns_at_once(seconds: float):
    assert await Flight(Work().settle, 1).drain(seconds) == 0
