import asyncio
import contextlib
import dataclasses
import signal
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from processor.adapters import watchdog
from processor.core.diagnosis import Deadlines, Trouble
from processor.core.vitals import Vitals

WELL = Vitals(spare=True)
LOST = Vitals(spare=True, member=False)
DEADLINES = Deadlines(loop=3, group=6, delivery=6, stop=6)


class Trial:
    """A watchdog whose looks are made here, in the loop that it watches."""

    def __init__(self, *, broker: Callable[[], bool] = lambda: True, ends: bool = True):
        self.shown = WELL
        self.codes: list[int] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.dog = watchdog.Watchdog(
            lambda: self.shown,
            broker,
            lambda event, **fields: self.told.append((event, fields)),
            DEADLINES,
            ends=ends,
            end=self.codes.append,
        )

    async def look(self, times: int, shown: Vitals = WELL, *, answering: bool = True) -> list[int]:
        self.shown = shown
        for _ in range(times):
            self.dog.look(asyncio.get_running_loop(), 1.0)
            if answering:
                await asyncio.sleep(0)
        return self.codes


@pytest.fixture
def asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker answers before the look is over."""

    def in_thread(work: Callable[[], None]) -> threading.Thread:
        work()
        thread = threading.Thread()
        thread.start()
        return thread

    monkeypatch.setattr(watchdog, "_in_thread", in_thread)


@pytest.fixture(autouse=True)
def timer(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The timer that ends the process, which here it must not."""
    settings: list[float] = []
    real = signal.setitimer

    def setitimer(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        if which != signal.ITIMER_VIRTUAL:
            return real(which, seconds, interval)
        settings.append(seconds)
        return 0.0, 0.0

    monkeypatch.setattr("signal.setitimer", setitimer)
    return settings


async def test_a_worker_that_is_well_is_left_alone(timer: list[float]):
    trial = Trial()
    assert await trial.look(50) == []
    assert trial.dog.vitals == WELL
    assert trial.told == []
    assert trial.dog.broker is None
    assert timer == [watchdog.LEAST_PROCESSOR_SECONDS] * 50


@pytest.mark.usefixtures("asked_at_once")
async def test_a_worker_that_has_lost_its_group_is_ended_with_the_reason():
    trial = Trial()
    assert await trial.look(8, LOST) == [70]
    ((event, fields),) = trial.told
    assert event == "the watchdog ends the worker"
    assert fields == {"reasons": ["the worker is no member of its group, for 6 s (limit 6 s)"], "exit_code": 70}


@pytest.mark.usefixtures("asked_at_once")
async def test_an_outage_of_the_broker_ends_nothing_and_is_known():
    trial = Trial(broker=lambda: False)
    assert await trial.look(500, LOST) == []
    assert trial.dog.broker is False
    assert await trial.look(3) == []
    assert trial.dog.broker is None


@pytest.mark.usefixtures("asked_at_once")
async def test_after_an_outage_a_worker_has_its_time_anew():
    there = False
    trial = Trial(broker=lambda: there)
    await trial.look(30, LOST)
    there = True
    assert await trial.look(5, LOST) == []
    assert (await trial.look(20, LOST))[:1] == [70]


async def test_a_loop_that_does_not_answer_ends_the_worker_and_the_log_says_where_it_was():
    trial = Trial(broker=lambda: False)
    await trial.look(1)
    codes = await trial.look(5, answering=False)
    assert codes[0] == 70
    (_, fields) = trial.told[0]
    assert fields["reasons"] == ["the event loop does not answer, for 3 s (limit 3 s)"]
    assert any("test_watchdog.py" in line for line in fields["at"])


@pytest.mark.usefixtures("asked_at_once")
async def test_told_to_end_nothing_it_says_each_thing_once():
    trial = Trial(ends=False)
    assert await trial.look(30, LOST) == []
    assert [event for event, _ in trial.told] == ["the worker is stuck"]
    assert [each.symptom.trouble for each in trial.dog.complaints] == [Trouble.MEMBER]
    await trial.look(2)
    await trial.look(30, LOST)
    assert len(trial.told) == 2


async def test_a_defect_of_the_look_is_told_and_is_no_fault_of_the_loop():
    trial = Trial()

    def broken() -> Vitals:
        raise KeyError("partition")

    await trial.look(2)
    trial.dog._observe = broken
    assert await trial.look(20) == []
    assert trial.told[0] == ("the worker could not be observed", {"error": "KeyError('partition')"})


@pytest.mark.usefixtures("asked_at_once")
async def test_a_broker_that_was_there_and_is_away_now_ends_nothing():
    there = True
    trial = Trial(broker=lambda: there)
    await trial.look(5, LOST)
    there = False
    assert await trial.look(1000, dataclasses.replace(LOST, rebalancing=True)) == []


async def test_a_question_that_hangs_is_an_answer_too():
    free = threading.Event()
    trial = Trial(broker=lambda: free.wait(10))
    assert await trial.look(200, LOST) == []
    assert trial.dog.broker is False
    free.set()


async def test_a_closed_loop_is_a_shutdown_that_must_end():
    trial = Trial()
    loop = asyncio.new_event_loop()
    loop.close()
    for _ in range(8):
        trial.dog.look(loop, 1.0)
    assert trial.codes[0] == 70
    assert "the shutdown does not end" in trial.told[0][1]["reasons"][0]


async def test_a_log_that_hangs_does_not_keep_the_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watchdog, "TELLING", 0.05)
    trial = Trial()
    free = threading.Event()
    monkeypatch.setattr(trial.dog, "_warn", lambda *_, **__: free.wait())
    try:
        async with asyncio.timeout(60):
            while not trial.codes:
                await trial.look(1, LOST)
                await asyncio.sleep(0.001)  # the broker is asked in a thread
        assert trial.codes == [70]
    finally:
        free.set()


async def test_a_thread_that_could_not_run_counts_none_of_that_time(monkeypatch: pytest.MonkeyPatch):
    trial = Trial(ends=False)
    looks: list[float] = []

    def slept(_: float) -> None:
        if len(looks) >= 3:
            raise SystemExit
        clock[0] += 3600

    clock = [0.0]
    monkeypatch.setattr("time.sleep", slept)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr(trial.dog, "look", lambda _, seconds: looks.append(seconds))
    with contextlib.suppress(SystemExit):
        trial.dog._watch(asyncio.get_running_loop())
    assert looks == [pytest.approx(2 * trial.dog._interval)] * 3


async def test_the_thread_watches_a_real_loop():
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        raise SystemExit  # the thread ends, as the process would: it must not look on in the tests that follow

    dog = watchdog.Watchdog(lambda: WELL, lambda: True, lambda *_, **__: None, Deadlines().times(0.05), end=end)
    loop = asyncio.get_running_loop()

    def watch() -> None:
        with contextlib.suppress(SystemExit):
            dog._watch(loop)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    await asyncio.sleep(0.5)
    assert codes == []
    thread.join(60)  # what must not be done in a loop
    assert codes == [70]


@pytest.mark.parametrize(("in_sync", "takes"), [([[1, 2], [2, 3]], True), ([[1, 2, 3], [2]], False)])
def test_a_partition_with_too_few_replicas_in_sync_takes_no_messages(in_sync: list[list[int]], takes: bool):
    partitions = {number: SimpleNamespace(isrs=replicas) for number, replicas in enumerate(in_sync)}
    assert watchdog.takes_messages(SimpleNamespace(partitions=partitions), 2) is takes
