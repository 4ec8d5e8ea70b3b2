"""What of Faust's insides becomes vitals; that they are as here, the acceptance tests find out on a real worker."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from processor.adapters.pulse import Pulse
from processor.core.records import Origin
from processor.core.vitals import Partition, Vitals


async def failed() -> None:
    raise RuntimeError("made up")


class Worker:
    """As much of `stream.Worker` as is looked at."""

    def __init__(self):
        state = SimpleNamespace(highwater=9, has_valid_position=True, position=8, timestamp=1234)
        new = SimpleNamespace(highwater=None, has_valid_position=False, timestamp=None)
        self.states: dict[Any, Any] = {Place("t", 1): new, Place("t", 0): state}
        assignment = SimpleNamespace(tps=set(self.states), state_value=self.states.get)
        self.coordinator = SimpleNamespace(member_id="m-1", coordinator_id=1)
        self.client = SimpleNamespace(
            _coordinator=self.coordinator,
            _fetcher=SimpleNamespace(_records={}),
            _subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)),
        )
        self.thread = SimpleNamespace(_consumer=self.client, thread_loop=asyncio.get_running_loop())
        self._consumer = SimpleNamespace(_thread=self.thread, flow_active=True)
        self.sender = SimpleNamespace(sender_task=None)
        self._producer = SimpleNamespace(_producer=SimpleNamespace(_sender=self.sender, _closed=False))
        self.flight = SimpleNamespace(size=2, settled=5, failed=1)
        self.fence = SimpleNamespace(holds=False)
        self.should_stop = self.rebalancing = self.unassigned = False
        self.rebalancing_count = 3


class Place(tuple[str, int]):
    """A topic's partition, as aiokafka names it."""

    __slots__ = ()

    def __new__(cls, topic: str, partition: int):
        return super().__new__(cls, (topic, partition))

    @property
    def topic(self) -> str:
        return self[0]

    @property
    def partition(self) -> int:
        return self[1]


def observe(pulse: Pulse, worker: Worker) -> Vitals:
    return pulse.observe(worker, lambda: True)


async def test_a_worker_at_work():
    pulse, worker = Pulse(), Worker()
    pulse.fetched("t", 0, 7)
    with pulse.taking(Origin("t", 0, 6, 0)):
        seen = observe(pulse, worker)
    assert seen == Vitals(
        rebalances=3,
        full=True,
        partitions=(
            Partition("t/0", end=9, position=8, fetched=7, taken=6, answered=1234),
            Partition("t/1", end=None, position=None),
        ),
        in_hand=2,
        settled=5,
        failed=1,
        calling=True,
    )
    assert not observe(pulse, worker).full
    pulse.begin()
    assert {(each.fetched, each.taken) for each in observe(pulse, worker).partitions} == {(-1, -1)}


async def test_a_partition_whose_messages_are_there_and_not_given_yet_waits_for_its_turn():
    pulse, worker = Pulse(), Worker()
    for offset in (5, 6):
        with pulse.taking(Origin("t", 1, offset, 0)):
            pass
    worker.client._fetcher._records[Place("t", 0)] = object()
    assert [each.turn for each in observe(pulse, worker).partitions] == [2, None]


@pytest.mark.parametrize("lacks", ["_consumer", "_producer"])
async def test_a_worker_that_is_not_started_yet(lacks: str):
    worker = Worker()
    setattr(worker, lacks, None)
    seen = observe(Pulse(), worker)
    assert seen.producing
    assert seen.started is (lacks != "_consumer")


async def test_a_membership_is_an_id_a_coordinator_and_heartbeats():
    for break_it in (
        lambda worker: setattr(worker.coordinator, "member_id", ""),
        lambda worker: setattr(worker.coordinator, "coordinator_id", None),
        lambda worker: setattr(worker.fence, "holds", True),
    ):
        worker = Worker()
        assert observe(Pulse(), worker).member
        break_it(worker)
        assert not observe(Pulse(), worker).member


async def test_a_producer_whose_task_ended_by_an_error_produces_no_more():
    pulse, worker = Pulse(), Worker()
    worker.sender.sender_task = asyncio.create_task(failed())
    assert observe(pulse, worker).producing
    await asyncio.wait([worker.sender.sender_task])
    assert not observe(pulse, worker).producing
    worker._producer._producer._closed = True
    assert observe(pulse, worker).producing
    worker.sender.sender_task.exception()


async def test_a_producer_that_lost_its_sequence_produces_no_more():
    pulse, worker = Pulse(), Worker()
    assert observe(pulse, worker).producing
    worker._producer.broken = True
    assert not observe(pulse, worker).producing


async def test_a_thread_that_answers_between_two_looks_answers():
    pulse, worker = Pulse(), Worker()
    for _ in range(3):
        assert observe(pulse, worker).thread
        await asyncio.sleep(0)
    observe(pulse, worker)
    assert not observe(pulse, worker).thread
    await asyncio.sleep(0)
    assert observe(pulse, worker).thread


async def test_a_threads_loop_that_is_closed_answers_no_more():
    pulse, worker = Pulse(), Worker()
    worker.thread.thread_loop = asyncio.new_event_loop()
    worker.thread.thread_loop.close()
    assert not observe(pulse, worker).thread
    assert not observe(pulse, worker).thread


async def test_sleepers_are_counted():
    pulse, worker = Pulse(), Worker()
    sleeper = asyncio.create_task(pulse.sleep(60))
    await asyncio.sleep(0)
    assert (observe(pulse, worker).asleep, observe(pulse, worker).waits) == (1, 1)
    sleeper.cancel()
    await asyncio.wait([sleeper])
    assert (observe(pulse, worker).asleep, observe(pulse, worker).waits) == (0, 1)
