import asyncio
import dataclasses
import functools

import pytest

from processor.adapters import flight as flights
from processor.adapters.flight import Bounds, Flight, Place
from processor.core.records import Message
from tests import builders


class Work:
    """Settles a message when told to."""

    def __init__(self):
        self.started: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}

    async def settle(self, message: Message, _: Place):
        offset = message.origin.offset
        self.started.append(offset)
        await self.gates.setdefault(offset, asyncio.Event()).wait()

    def finish(self, *offsets: int):
        for offset in offsets:
            self.gates.setdefault(offset, asyncio.Event()).set()


class Waiting(Work):
    """Settles a message after it stood aside until told that it is due."""

    def __init__(self):
        super().__init__()
        self.due: dict[int, asyncio.Event] = {}

    async def settle(self, message: Message, place: Place):
        async with place.aside():
            await self.due.setdefault(message.origin.offset, asyncio.Event()).wait()
        await super().settle(message, place)


def flying(work: Work, places: int, window: int = 1000) -> Flight:
    return Flight(work.settle, Bounds(places, window))


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


PARTITION = ("untuned.tasks", 0)


def nothing():
    """For messages whose release does not matter."""


async def test_no_more_than_the_limit_is_worked_on():
    work = Work()
    flight = flying(work, 2)
    takers = [asyncio.create_task(flight.take(builders.message(offset=i), nothing)) for i in range(4)]
    await settled()
    assert work.started == [0, 1]
    assert flight.pressed
    work.finish(1)
    await settled()
    assert work.started == [0, 1, 2]
    assert flight.committable(PARTITION) is None
    work.finish(0, 2, 3)
    await asyncio.gather(*takers)
    await settled()
    assert flight.committable(PARTITION) == 4
    assert (flight.size, flight.settled, flight.pressed) == (0, 4, False)


async def test_a_stuck_event_bounds_how_far_its_partition_runs_ahead():
    work = Work()
    flight = flying(work, 2, window=16)
    work.finish(*range(1, 100))

    async def feed():
        for offset in range(100):
            await flight.take(builders.message(offset=offset), nothing)

    feeder = asyncio.create_task(feed())
    for _ in range(100):
        await settled()
    assert len(work.started) == 16
    work.finish(0)
    await feeder
    await settled()
    assert flight.committable(PARTITION) == 100


async def test_what_stands_aside_takes_no_place_and_comes_back_in_turn():
    work = Waiting()
    flight = flying(work, 2)
    for offset in range(5):
        await asyncio.wait_for(flight.take(builders.message(offset=offset), nothing, delayed=True), 30)
    await settled()
    assert (flight.aside, flight.pressed, work.started) == (5, False, [])
    for offset in (3, 1, 4):
        work.due[offset].set()
        await settled()
    assert work.started == [3, 1]
    assert (flight.aside, flight.pressed) == (3, True)
    work.finish(3)
    await settled()
    assert work.started == [3, 1, 4]


async def test_delayed_messages_wait_outside_once_many_stand_aside_and_others_do_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flights, "ASIDE_MESSAGES", 2)
    work = Waiting()
    flight = flying(work, 2)
    for offset in range(2):
        await flight.take(builders.message(offset=offset, topic="untuned.retry"), nothing, delayed=True)
    await settled()
    third = asyncio.create_task(flight.take(builders.message(offset=2, topic="untuned.retry"), nothing, delayed=True))
    await settled()
    assert not third.done()
    work.due[9] = asyncio.Event()
    work.due[9].set()
    await asyncio.wait_for(flight.take(builders.message(offset=9), nothing), 30)
    await settled()
    assert work.started == [9]
    work.finish(9)
    work.due[0].set()
    await settled()
    assert third.done()


async def test_a_drain_does_not_wait_for_what_stands_aside():
    work = Waiting()
    flight = flying(work, 1)
    released: list[int] = []
    for offset in range(3):
        await flight.take(builders.message(offset=offset), functools.partial(released.append, offset))
        await settled()
    work.due[0].set()
    work.due[1].set()  # waits for the place of the first
    await settled()
    drain = asyncio.create_task(flight.drain(5))
    await settled()
    assert sorted(released) == [1, 2]
    work.finish(0)
    assert await drain == 2
    assert (flight.size, flight.aside, flight.pressed) == (0, 0, False)
    assert flight.committable(PARTITION) == 1


async def test_a_drain_waits_then_cancels_and_cancelled_events_are_not_committable():
    work = Work()
    flight = flying(work, 4)
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
    flight = flying(work, 1)
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
    assert not flight.pressed


async def test_a_new_generation_starts_afresh():
    work = Work()
    work.finish(*range(10))
    flight = flying(work, 2)
    await flight.take(builders.message(offset=5), nothing)
    await flight.drain(1)
    flight.resume()
    await flight.take(builders.message(offset=3), nothing)
    await settled()
    assert work.started == [5, 3]
    assert flight.committable(PARTITION) == 4


async def test_partitions_are_tracked_apart():
    work = Work()
    flight = flying(work, 4)
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

    async def broken(_: Message, __: Place):
        raise ZeroDivisionError

    flight = Flight(broken, Bounds(2, 10))
    released: list[int] = []
    await flight.take(builders.message(offset=0), lambda: released.append(0))
    await settled()
    assert released == [0]
    assert isinstance(reported[0]["exception"], ZeroDivisionError)
    assert flight.committable(PARTITION) is None
    assert flight.failed == 1
    flight.resume()  # whoever has the partition now reads it again
    assert flight.failed == 0


async def test_a_message_that_ends_as_cancelled_though_nobody_did_is_a_defect_too():
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def broken(_: Message, __: Place):
        raise asyncio.CancelledError  # as of a future that another part of the worker cancelled

    flight = Flight(broken, Bounds(2, 10))
    await flight.take(builders.message(), nothing)
    await settled()
    assert (flight.failed, len(reported)) == (1, 1)


@pytest.mark.parametrize(
    ("state", "seconds", "cancelled"),
    [
        ("is_idle", 5, True),
        ("is_idle", 0, True),
        ("is_delivering", 0.01, False),
        ("is_delivering", 0, True),
        (None, 0.01, True),
    ],
)
async def test_a_drain_cuts_off_who_waits_at_once_and_who_delivers_last(
    state: str | None, seconds: float, cancelled: bool
):
    gone: list[bool] = []

    async def settle(_: Message, place: Place):
        if state:
            setattr(flights.current(), state, True)
        try:
            await asyncio.sleep(60 if cancelled else 0.1)
        except asyncio.CancelledError:
            gone.append(True)
            raise

    flight = Flight(settle, Bounds(2, 10))
    await flight.take(builders.message(), nothing)
    await settled()
    assert await flight.drain(seconds) == int(cancelled)
    assert bool(gone) is cancelled
    assert flight.committable(PARTITION) == (None if cancelled else 1)


async def test_a_drain_cuts_off_who_begins_to_wait_while_it_lasts():
    async def settle(_: Message, place: Place):
        await asyncio.sleep(0.05)
        place.is_idle = True
        await asyncio.sleep(60)

    flight = Flight(settle, Bounds(2, 10))
    await flight.take(builders.message(), nothing)
    await settled()
    assert await asyncio.wait_for(flight.drain(60), 30) == 1


async def test_a_message_that_is_cut_off_before_its_first_step_is_released_too():
    flight = flying(Work(), 2)
    released: list[int] = []
    await flight.take(builders.message(), lambda: released.append(0))
    assert await flight.drain(0) == 1
    assert released == [0]
