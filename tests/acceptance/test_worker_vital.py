"""A worker process that cannot go on ends by itself with a reason; one that only waits, or slept, lives on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import confluent_kafka
import pytest

from bench.stub_model import StubModel
from processor import config
from processor.adapters import process, topics, watchdog
from processor.core import exit_codes
from processor.local.kafka import Kafka
from tests import running
from tests.faults.server import Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from processor.config import Settings

GOOD = json.dumps({"category": "card", "reason": "asks for a card"})

HURRY = {"UNTUNED_WATCHDOG": "0.1", "UNTUNED_GRACE": "20"}
"""An event loop may hang for 3 s, the group for 12, a partition for 6."""

RULES = """
import asyncio, gc, time
from processor.core.rules import rule

def find(name):
    return next(each for each in gc.get_objects() if type(each).__name__ == name)

def block():
    time.sleep(600)

def hold_the_lock():
    sum(range(10**12))

def break_the_producer():
    find("Sender")._message_accumulator.drain_by_nodes = None

def break_the_consumer():
    find("AIOKafkaConsumer").commit = None

def lose_the_group():
    coordinator = find("GroupCoordinator")
    find("_Thread").thread_loop.call_soon_threadsafe(coordinator._coordination_task.cancel)
    coordinator.member_id = ""

def stop_the_fetcher():
    fetcher = find("Fetcher")
    find("_Thread").thread_loop.call_soon_threadsafe(fetcher._fetch_task.cancel)

def hang_the_producer():
    async def never(*args, **options):
        await asyncio.Event().wait()
    find("AIOKafkaProducer").send = never

@rule
def breaks(event, answer, passages):
    if event.input["text"] == "message 3":
        asyncio.get_running_loop().call_soon(WHAT)
"""
"""A rule that does harm once it is over, where its time limit does not reach."""


@pytest.fixture
def given(project: Settings, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, **HURRY, "UNTUNED_PROJECT": str(project.project), "UNTUNED_HEALTH_PORT": "0"}


def worker(given: Mapping[str, str], stub: StubModel, log: Path, **more: str) -> running.Running:
    return running.Running({**given, "OPENAI_BASE_URL": stub.url, **more}, log)


def told(log: Path, event: str) -> list[dict[str, Any]]:
    """The lines of a log that tell of this."""
    return [line for line in running.story(log) if line["event"] == event]


async def health(log: Path, path: str = "") -> tuple[int, dict[str, Any]]:
    """The answer of the worker's /health."""
    await running.until(lambda: bool(told(log, "health")), "the worker to serve /health")
    address = told(log, "health")[-1]["address"]
    async with aiohttp.ClientSession() as session, session.get(address + path) as response:
        return response.status, await response.json()


async def ready(log: Path) -> dict[str, Any]:
    """Wait until the worker is ready, and what it then says."""
    for _ in range(int(running.PATIENCE / 0.2)):
        status, report = await health(log)
        if status == 200:
            return report
        await asyncio.sleep(0.2)
    raise AssertionError(report)


async def unready(log: Path) -> None:
    """Wait until the worker, which was ready, has heard that it is to end."""
    end = time.monotonic() + running.PATIENCE
    while (await health(log, "/ready"))[0] != 503:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


def behind(report: dict[str, Any]) -> int:
    """The messages that the worker has not read yet."""
    return sum(each["lag"] for each in report["partitions"].values())


async def results(project: Settings, count: int) -> None:
    await running.until(
        lambda: len(running.read(project, "results")) >= count and running.lag(project) == 0, f"{count} results"
    )


async def test_a_process_that_was_stopped_for_longer_than_every_deadline_goes_on(
    project: Settings, given: dict[str, str], tmp_path: Path
):
    log = tmp_path / "log"
    async with StubModel(GOOD, latency=0.1) as stub, worker(given, stub, log) as only:
        await ready(log)
        only.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(18)
        only.process.send_signal(signal.SIGCONT)
        running.produce(project, running.events(20))
        await results(project, 20)
        assert await only.stop() == exit_codes.DONE
    assert not told(log, "the watchdog ends the worker")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("block", "the event loop does not answer"),
        ("break_the_producer", "the producer has ended"),
        ("lose_the_group", "the worker is no member of its group"),
        ("stop_the_fetcher", "fetched"),
        ("hang_the_producer", "do not move"),
    ],
)
async def test_a_worker_that_hangs_is_ended_with_the_reason_and_its_successor_goes_on(
    project: Settings, given: dict[str, str], tmp_path: Path, what: str, says: str
):
    harm(project, what)
    running.produce(project, running.events(8))
    log = tmp_path / "log"
    async with StubModel(GOOD) as stub:
        async with worker(given, stub, log) as first:
            assert await asyncio.wait_for(first.process.wait(), running.PATIENCE) == exit_codes.BROKEN
        (end,) = told(log, "the watchdog ends the worker")
        assert says in end["reasons"][0]
        assert end["exit_code"] == exit_codes.BROKEN
        if what == "block":
            assert any("rules/sort.py" in line and line.endswith(" block") for line in end["at"])
        (project.project / "rules/sort.py").unlink()
        async with worker(given, stub, tmp_path / "second") as second:
            await ready(tmp_path / "second")
            await results(project, 8)
            assert await second.stop() == exit_codes.DONE


def harm(project: Settings, what: str) -> None:
    (project.project / "rules").mkdir()
    (project.project / "rules/sort.py").write_text(RULES.replace("WHAT", what))


async def test_code_that_holds_the_interpreters_lock_is_ended_by_the_operating_system(
    project: Settings, given: dict[str, str], tmp_path: Path
):
    harm(project, "hold_the_lock")
    running.produce(project, running.events(8))
    log = tmp_path / "log"
    async with StubModel(GOOD) as stub, worker(given, stub, log) as only:
        assert await asyncio.wait_for(only.process.wait(), 2 * running.PATIENCE) == -signal.SIGVTALRM
    assert "in hold_the_lock" in log.read_text()


async def test_an_error_in_fausts_own_tasks_ends_the_process_for_a_restart(
    project: Settings, given: dict[str, str], tmp_path: Path
):
    harm(project, "break_the_consumer")
    running.produce(project, running.events(8))
    log = tmp_path / "log"
    async with StubModel(GOOD) as stub, worker(given, stub, log) as only:
        assert await asyncio.wait_for(only.process.wait(), running.PATIENCE) == exit_codes.BROKEN
    (end,) = told(log, "the worker broke")
    assert end["error"] == "TypeError"


async def test_a_worker_that_is_told_not_to_end_says_what_is_wrong(
    project: Settings, given: dict[str, str], tmp_path: Path
):
    harm(project, "break_the_producer")
    running.produce(project, running.events(8))
    log = tmp_path / "log"
    async with StubModel(GOOD) as stub, worker(given, stub, log, UNTUNED_WATCHDOG="0", UNTUNED_GRACE="1") as only:
        await running.until(lambda: bool(told(log, "the worker is stuck")), "the worker to say so")
        assert only.process.returncode is None
        status, report = await health(log, "/live")
        assert (status, report["live"]) == (503, False)
        assert "the producer has ended" in report["why"][0]


async def test_a_second_signal_ends_a_shutdown_at_once_and_loses_nothing(
    project: Settings, given: dict[str, str], tmp_path: Path
):
    running.produce(project, running.events(40))
    log = tmp_path / "log"
    async with StubModel(GOOD, latency=60.0) as stub:
        async with worker(given, stub, log) as first:
            await ready(log)
            await running.until(lambda: len(stub.requests) >= 16, "calls in flight")
            first.process.send_signal(signal.SIGTERM)
            await unready(log)
            await asyncio.sleep(2 * process.ONE_SIGNAL)
            assert first.process.returncode is None
            first.process.send_signal(signal.SIGTERM)
            # The first signal alone gives those calls 20 s.
            assert await asyncio.wait_for(first.process.wait(), 10.0) == 128 + signal.SIGTERM
        assert told(log, "ended at once, by a second signal")
    async with StubModel(GOOD) as stub, worker(given, stub, tmp_path / "second") as second:
        await results(project, 40)
        assert await second.stop() == exit_codes.DONE
    assert {running.ident(record) for record in running.read(project, "results")} == {f"e{n}" for n in range(40)}


async def test_a_signal_shows_where_the_threads_are_and_no_contents(
    project: Settings, given: dict[str, str], tmp_path: Path
):
    running.produce(project, running.events(4, input={"text": "a secret of ours"}))
    log = tmp_path / "log"
    async with StubModel(GOOD, latency=2.0) as stub, worker(given, stub, log) as only:
        await running.until(lambda: len(stub.requests) >= 4, "calls in flight")
        only.process.send_signal(signal.SIGUSR1)
        await running.until(lambda: "Thread 0x" in log.read_text(), "the threads")
        assert await only.stop() == exit_codes.DONE
    assert "secret of ours" not in log.read_text()


async def test_workers_without_a_partition_stand_by(settings: Settings, given: dict[str, str], tmp_path: Path):
    mine = settings.model_copy(
        update={"topic_prefix": f"{settings.topic_prefix}-one", "group": f"{settings.group}-one"}
    )
    topics.ensure(mine, partitions=1)
    few = {**given, "UNTUNED_TOPIC_PREFIX": mine.topic_prefix, "UNTUNED_GROUP": mine.group}
    logs = [tmp_path / str(number) for number in range(3)]
    async with contextlib.AsyncExitStack() as stack:
        stub = await stack.enter_async_context(StubModel(GOOD))
        workers = [await stack.enter_async_context(worker(few, stub, log)) for log in logs]
        await running.until(lambda: all(told(log, "assigned") for log in logs), "all to join")
        await asyncio.sleep(15)  # longer than any deadline of theirs
        reports = [await ready(log) for log in logs]
        # A retry's partition goes with that of its number, so one worker has both.
        assert sorted(len(report["partitions"]) for report in reports) == [0, 0, 2]
        for spare in (report for report in reports if not report["partitions"]):
            assert "more workers than partitions" in spare["why"][0]
        assert [await each.stop() for each in workers] == [exit_codes.DONE] * 3


def in_a_transaction(project: Settings, value: bytes | None) -> None:
    """The end of a transaction takes an offset and is no message."""
    producer = confluent_kafka.Producer({"bootstrap.servers": project.kafka, "transactional.id": project.group})
    producer.init_transactions(running.PATIENCE)
    producer.begin_transaction()
    producer.produce(project.topic("tasks"), value)
    producer.commit_transaction(running.PATIENCE)


async def test_a_broker_that_is_away_for_long_ends_no_worker(given: dict[str, str], tmp_path: Path):
    own = config.load(state_home=tmp_path / "state", stack="vital", project=given["UNTUNED_PROJECT"])
    broker = Server(Kafka(), own)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(broker.stop)
        await broker.start()
        stub = await stack.enter_async_context(StubModel(GOOD))
        mine = config.with_addresses(own, {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{broker.port}"})
        running.create_topics(mine)
        far = {
            **given,
            **config.addresses(mine),
            "UNTUNED_TOPIC_PREFIX": mine.topic_prefix,
            "UNTUNED_GROUP": mine.group,
        }
        log = tmp_path / "log"
        async with worker(far, stub, log) as only:
            await ready(log)
            broker.signal(signal.SIGSTOP)
            try:
                for _ in range(25):
                    assert (await health(log, "/live"))[0] == 200
                    await asyncio.sleep(1)
                status, report = await health(log)
            finally:
                broker.signal(signal.SIGCONT)
            assert (status, report["broker"]) == (503, "away")
            assert "Kafka does not answer" in report["why"][0]
            kinds = {mine.topic(kind): 1 for kind in ("tasks", "retry", "results")}
            await running.until(lambda: watchdog.broker_answers(mine, kinds), "the broker to answer")
            running.produce(mine, running.events(20))
            await results(mine, 20)
            assert (await ready(log))["broker"] == "assumed"
            assert await only.stop() == exit_codes.DONE


async def test_health_tells_of_the_work_and_of_the_end(project: Settings, given: dict[str, str], tmp_path: Path):
    running.produce(project, running.events(20))
    log = tmp_path / "log"
    async with StubModel(GOOD, latency=1.5) as stub, worker(given, stub, log) as only:
        report = await ready(log)
        assert (report["live"], report["broker"], report["tasks"].keys()) == (True, "assumed", {"sort"})
        await results(project, 20)
        in_a_transaction(project, running.events(1)[0])
        await running.until(lambda: running.lag(project) <= 1, "the event to be read")  # its end is not committed
        end = time.monotonic() + running.PATIENCE
        while behind(report := await ready(log)):
            assert time.monotonic() < end
            await asyncio.sleep(0.2)
        assert set(report["partitions"]) == {
            f"{project.topic(kind)}/{number}" for kind in ("tasks", "retry") for number in range(4)
        }
        assert report["settled"] == 21
        stub.latency = 6.0
        running.produce(project, [(value or b"").replace(b'"e', b'"f') for value in running.events(20)])
        await running.until(lambda: len(stub.requests) >= 36, "calls in flight")
        only.process.send_signal(signal.SIGTERM)
        await unready(log)
        assert (await health(log, "/live"))[0] == 200
        assert await asyncio.wait_for(only.process.wait(), running.PATIENCE) == exit_codes.DONE
