"""The worker as a process, on a real broker, with a stub model: signals, joining, outages, bad input; nothing lost."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bench.stub_model import Fault, StubModel
from processor.core import auditing
from tests import running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings

GOOD = json.dumps({"category": "card", "reason": "asks for a card"})


@pytest.fixture
def environment(project: Settings, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "UNTUNED_PROJECT": str(project.project)}


def audited(project: Settings, shares: str) -> None:
    """Have people look at some of the task's results."""
    with (project.project / "tasks/sort/task.toml").open("a") as file:
        file.write(f"\n[audit]\n{shares}\n")


def worker(environment: dict[str, str], stub_url: str, log: Path, concurrency: int = 16) -> running.Running:
    return running.Running({**environment, "OPENAI_BASE_URL": stub_url}, log, ("--concurrency", str(concurrency)))


async def everything_settled(project: Settings, count: int) -> None:
    """All of `count` events are results or review items, and nothing is left uncommitted."""

    def holds() -> bool:
        done = {running.ident(record) for kind in ("results", "review") for record in running.read(project, kind)}
        return len(done) >= count and running.lag(project) == 0

    await running.until(holds, f"{count} events to be settled", max(1.0, count / 300) * running.PATIENCE)


async def test_a_worker_joins_and_another_is_stopped_in_mid_flight(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    audited(project, "share = 0.1")
    events = running.events(1000)
    running.produce(project, events[:200])
    async with StubModel(GOOD, latency=0.4) as stub, worker(environment, stub.url, tmp_path / "1") as first:
        await running.until(lambda: len(running.read(project, "results")) >= 30, "the first worker to work")
        async with worker(environment, stub.url, tmp_path / "2") as second:
            await running.until(
                lambda: any(line["event"] == "assigned" for line in second.story()), "the second worker to join"
            )
            running.produce(project, events[200:])
            await running.until(
                lambda: sum("partition" in line for line in second.story()) >= 10, "the second worker to work"
            )
            begun = len(stub.requests)
            assert await first.stop() == 0
            await everything_settled(project, 1000)
            audits = running.read(project, "review")  # before the worker ends: what is committed has its audit, too
            assert await second.stop() == 0
    results = running.read(project, "results")
    assert begun < 1000  # it was stopped with work in hand
    assert Counter(running.ident(record) for record in results) == Counter(f"e{n}" for n in range(1000))
    drawn = [f"e{n}" for n in range(1000) if auditing.drawn(0.1, "audit", "sort", f"e{n}", "0")]
    assert Counter(running.ident(record) for record in audits) == Counter(drawn)
    assert {(record["reason"], record["inclusion"]) for record in audits} == {("audit", 0.1)}
    assert len(stub.requests) == 1000


async def test_an_event_that_is_retried_and_what_its_result_is_made_from(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    def answer(body: dict[str, Any]) -> str:
        return GOOD if "Not one of" in json.dumps(body) or "previous" in json.dumps(body) else '{"category": "bank"}'

    audited(project, "share = 0.000001\nretried = 1.0")
    running.produce(project, running.events(1), [b"customer-1"])
    async with StubModel(answer) as stub, worker(environment, stub.url, tmp_path / "log") as only:
        await everything_settled(project, 1)
        assert await only.stop() == 0
        story = [line for line in only.story() if line.get("id") == "e0"]
    (result,) = running.read(project, "results")
    (retry,) = running.read(project, "retry")
    (audit,) = running.read(project, "review")
    assert result["answer"] == audit["answer"] == json.loads(GOOD)
    assert (audit["key"], audit["inclusion"], audit["violations"]) == (b"customer-1", 1.0, [])
    assert (audit["event"]["id"], audit["version"]) == ("e0", result["version"])
    assert audit["attempts"] == result["attempts"]
    told = [audit["headers"][name] for name in ("ce_id", "untuned-reason", "x-foreign")]
    assert told == [b"e0:review", b"audit", b"kept"]
    assert result["key"] == b"customer-1"
    assert result["headers"]["x-foreign"] == b"kept"
    assert [attempt["number"] for attempt in result["attempts"]] == [1, 2]
    assert result["usage"]["output_tokens"] == 20
    assert result["cost_usd"] is None
    assert retry["headers"]["untuned-attempt"] == b"2"
    assert [line["event"] for line in story] == ["retry", "result"]
    assert [line["attempt"] for line in story] == [1, 2]
    assert [line.get("audit") for line in story] == [None, 1.0]
    assert "message 0" not in (tmp_path / "log").read_text()


BAD: dict[str, tuple[bytes | None, str]] = {
    "not JSON": (b"hello", "undecodable"),
    "no object": (b"[1, 2]", "undecodable"),
    "no id": (b'{"task": "sort", "input": {"text": "x"}}', "undecodable"),
    "null": (None, "undecodable"),
    "binary": (bytes(range(256)), "undecodable"),
    "unknown schema": (b"\xc3\x01" + b"\x00" * 20, "undecodable"),
    "unknown task": (b'{"id": "u1", "task": "nope", "input": {}}', "unknown_task"),
    "no text": (b'{"id": "u2", "task": "sort", "input": {}}', "invalid_input"),
    "1 MB of text": (b'{"id": "u3", "task": "sort", "input": {"text": "%s"}}' % (b"x " * 2**19), "input_too_large"),
}


async def test_bad_events_go_to_people_with_their_bytes_and_the_worker_lives_on(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    sent = [value for value, _ in BAD.values()]
    running.produce(project, [*sent, *running.events(3), running.events(1)[0]])
    async with StubModel(GOOD) as stub, worker(environment, stub.url, tmp_path / "log") as only:
        await everything_settled(project, len(BAD) + 3)
        assert await only.stop() == 0
    review = running.read(project, "review")
    assert Counter(record["reason"] for record in review) == Counter(reason for _, reason in BAD.values())
    kept = {base64.b64decode(record["raw"]) for record in review if record["raw"] is not None}
    assert kept >= {value for value, reason in BAD.values() if reason == "undecodable" and value is not None}
    (large,) = (record for record in review if record["reason"] == "input_too_large")
    assert len(large["event"]["input"]["text"]) == 2**20
    results = running.read(project, "results")
    assert Counter(record["headers"]["ce_id"] for record in results) == {
        b"e0:result": 1,  # though it came twice
        b"e1:result": 1,
        b"e2:result": 1,
    }


async def test_answers_that_are_never_good_end_with_people_after_the_last_step(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    running.produce(project, running.events(2))
    async with StubModel("no JSON at all") as stub, worker(environment, stub.url, tmp_path / "log") as only:
        await everything_settled(project, 2)
        assert await only.stop() == 0
    review = running.read(project, "review")
    assert {(running.ident(record), record["reason"]) for record in review} == {
        ("e0", "steps_exhausted"),
        ("e1", "steps_exhausted"),
    }
    assert len(stub.requests) == 4


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("status", 401), "OPENAI_API_KEY"),
        (Fault("status", 429, (("Retry-After", "1"),)), "HTTP 429"),
        (Fault("reset"), "no connection"),
    ],
)
async def test_an_outage_is_waited_out_and_no_attempt_is_spent(
    project: Settings, environment: dict[str, str], tmp_path: Path, fault: Fault, says: str
):
    running.produce(project, running.events(1))
    async with StubModel(GOOD, faults=[fault]) as stub, worker(environment, stub.url, tmp_path / "log") as only:
        await everything_settled(project, 1)
        assert await only.stop() == 0
        waits = [line for line in only.story() if line["event"] == "wait"]
    assert [line["dependency"] for line in waits] == ["model"]
    assert says in waits[0]["detail"]
    (result,) = running.read(project, "results")
    assert [attempt["number"] for attempt in result["attempts"]] == [1]


async def test_no_model_at_the_address_until_there_is_one(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    model = StubModel(GOOD, port=running.port_of_its_own(project))
    running.produce(project, running.events(1))
    async with worker(environment, model.url, tmp_path / "log") as only:
        await running.until(lambda: any(line["event"] == "wait" for line in only.story()), "the worker to say so")
        async with model:
            await everything_settled(project, 1)
        assert await only.stop() == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"WEAVIATE_URL": "http://127.0.0.1:1", "WEAVIATE_GRPC_URL": "127.0.0.1:2"}, "Weaviate"),
        ({}, "untuned knowledge load"),
    ],
)
async def test_without_weaviate_or_its_collection_an_event_waits_and_nothing_is_spent(
    project: Settings, environment: dict[str, str], tmp_path: Path, changes: dict[str, str], says: str
):
    running.plain_project(project.project, retrieves=True)
    running.produce(project, running.events(1))
    async with StubModel(GOOD) as stub:
        lacking = {**environment, **changes, "UNTUNED_GRACE": "1"}
        async with worker(lacking, stub.url, tmp_path / "log") as only:

            def waits() -> list[str]:
                return [str(line["detail"]) for line in only.story() if line["event"] == "wait"]

            await running.until(lambda: bool(waits()), "the worker to say so")
            assert says in waits()[0]
            assert await only.stop() == 0
    assert running.lag(project) == 1
    assert running.read(project, "results") == running.read(project, "review") == running.read(project, "retry") == []
    assert stub.requests == []


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A worker that is to end at once."""
    command = [sys.executable, "-m", "processor", "worker", "--log-format", "json"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=running.PATIENCE, check=False
    )


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, 1, "KAFKA_BOOTSTRAP_SERVERS"),
        ({"UNTUNED_TOPIC_PREFIX": "nowhere"}, 1, "untuned topics"),
        ({"UNTUNED_CONCURRENCY": "many"}, 2, "UNTUNED_CONCURRENCY"),
        ({"UNTUNED_PROJECT": "/nowhere"}, 2, "/nowhere"),
    ],
)
def test_a_worker_that_cannot_start_says_why_in_one_line(
    environment: dict[str, str], changes: dict[str, str], code: int, says: str
):
    ended = start({**environment, **changes})
    assert ended.returncode == code
    (line,) = ended.stderr.strip().splitlines()
    assert says in line


def test_a_broken_definition_is_named_with_its_line(environment: dict[str, str], project: Settings):
    path = project.project / "tasks/sort/task.toml"
    path.write_text(path.read_text().replace("max_tokens = 60", "max_tokens = -1"))
    ended = start(environment)
    assert ended.returncode == 2
    assert "tasks/sort/task.toml:" in ended.stderr


async def test_nothing_is_lost_when_a_worker_is_killed(project: Settings, environment: dict[str, str], tmp_path: Path):
    running.produce(project, running.events(200))
    async with StubModel(GOOD, latency=0.2) as stub:
        async with worker(environment, stub.url, tmp_path / "1") as first:
            await running.until(lambda: len(running.read(project, "results")) >= 40, "the first worker to work")
            first.process.kill()
            await first.process.wait()
        async with worker(environment, stub.url, tmp_path / "2") as second:
            await everything_settled(project, 200)
            assert await second.stop() == 0
    counts = Counter(running.ident(record) for record in running.read(project, "results"))
    assert set(counts) == {f"e{n}" for n in range(200)}
    repeated = sum(counts.values()) - len(counts)
    # What was in flight, and what was finished since the last commit (every second, or every 16 events).
    assert repeated <= 16 * 8
