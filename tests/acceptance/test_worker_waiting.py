"""What waits keeps nobody waiting: due times, an endpoint that is away, an event whose calls always fail."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest

from bench.stub_model import Fault, StubModel
from processor import app
from processor.core import routing
from processor.core.delivery import parking
from tests import builders, running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings
    from processor.core.records import Retry

GOOD = json.dumps({"category": "card", "reason": "asks for a card"})


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Settings:
    """A project with the task `sort`, and `other`, which asks a model of its own."""
    root = running.plain_project(tmp_path / "project")
    sort = root / "tasks/sort"
    other = root / "tasks/other"
    other.mkdir()
    for name in ("prompt.md", "retry.md"):
        (other / name).write_text((sort / name).read_text())
    (other / "task.toml").write_text((sort / "task.toml").read_text().replace("[[step]]", '[[step]]\nmodel = "other"'))
    (root / "schemas/other.avsc").write_text((root / "schemas/sort.avsc").read_text())
    mine = settings.model_copy(update={"project": root})
    running.create_topics(mine)
    return mine


@pytest.fixture
def environment(project: Settings, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "UNTUNED_PROJECT": str(project.project)}


def other_model(project: Settings, url: str) -> None:
    (project.project / "tasks/models.toml").write_text(f'[models.other]\nmodel = "other"\nbase_url = "{url}"\n')


NUMBERS = itertools.count()


def events(task: str, count: int) -> list[bytes | None]:
    numbers = itertools.islice(NUMBERS, count)
    texts = ({"id": f"{task}-{n}", "task": task, "input": {"text": f"message {n}"}} for n in numbers)
    return [json.dumps(text).encode() for text in texts]


def worker(environment: dict[str, str], stub_url: str, log: Path) -> running.Running:
    return running.Running({**environment, "OPENAI_BASE_URL": stub_url}, log, ("--concurrency", "4"))


def send(project: Settings, retry: Retry) -> None:
    """Put it on the retry topic, as a worker does."""
    outgoing = app.create_wire(project, lambda _: None).encode(retry, now=datetime.now(UTC))
    producer = confluent_kafka.Producer({"bootstrap.servers": project.kafka})
    producer.produce(project.topic("retry"), outgoing.value, outgoing.key, headers=list(outgoing.headers))
    assert producer.flush(30) == 0


def done(project: Settings, task: str) -> int:
    return sum(record["task"] == task for record in running.read(project, "results"))


async def test_while_one_model_is_away_its_events_are_parked_and_those_of_other_tasks_go_on(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    back = StubModel(GOOD, port=running.port_of_its_own(project))
    other_model(project, back.url)
    running.produce(project, [*events("other", 100), *events("sort", 100)], [b"one key"] * 200)
    async with StubModel(GOOD) as stub, worker(environment, stub.url, tmp_path / "log") as only:
        await running.until(lambda: done(project, "sort") == 100, "the other task's events to go on")
        assert done(project, "other") == 0
        async with back:
            await running.until(lambda: done(project, "other") == 100, "the parked events to come back")
            assert len(back.requests) == 100
        await running.until(lambda: running.lag(project) == 0, "everything to be committed")
        assert await only.stop() == 0
    assert running.read(project, "review") == []
    attempts = [attempt["number"] for record in running.read(project, "results") for attempt in record["attempts"]]
    assert Counter(attempts) == {1: 200}  # none was spent on the outage
    assert all(record["attempt"] == 1 for record in running.read(project, "retry"))


async def test_a_due_time_holds_over_a_restart_and_keeps_nobody_waiting(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    other_model(project, "http://127.0.0.1:1/v1")
    work = builders.work(id="later")
    parked = routing.parked(work, routing.provenance(work, builders.a_task()), 25.0)
    due = datetime.now(UTC) + timedelta(seconds=25)
    send(project, parked)
    async with StubModel(GOOD) as stub:
        running.produce(project, events("sort", 5))
        async with worker(environment, stub.url, tmp_path / "1") as first:
            await running.until(lambda: done(project, "sort") >= 5, "the events that are not delayed")
            assert await first.stop() == 0
        async with worker(environment, stub.url, tmp_path / "2") as second:
            await running.until(lambda: done(project, "sort") == 6, "the delayed event")
            # On a machine so slow that the first has had it, too, the second may hardly have begun.
            await running.until(lambda: any(line["event"] == "assigned" for line in second.story()), "the second")
            assert await second.stop() == 0
    (later,) = (record for record in running.read(project, "results") if record["event_id"] == "later")
    assert datetime.fromisoformat(later["decided_at"]) >= due - timedelta(seconds=0.5)


async def test_an_event_whose_calls_always_fail_holds_up_nobody_and_ends_with_people(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    other_model(project, "http://127.0.0.1:1/v1")

    def fault(body: dict[str, Any]) -> Fault | None:
        return Fault("status", 500) if "poison" in json.dumps(body) else None

    bad = dataclasses.replace(builders.work("poison", id="bad"), call_failures=parking.MOST_FAILURES - 2)
    send(project, routing.parked(bad, routing.provenance(bad, builders.a_task()), 0.0))
    async with (
        StubModel(GOOD, latency=0.1, choose=fault) as stub,
        worker(environment, stub.url, tmp_path / "log") as only,
    ):

        def seen_by_people() -> bool:
            running.produce(project, events("sort", 20))
            return len(running.read(project, "review")) == 1

        await running.until(seen_by_people, "the event to go to people")
        assert await only.stop() == 0
    (item,) = running.read(project, "review")
    assert (running.ident(item), item["reason"]) == ("bad", "call_failed")
    assert "HTTP 500" in item["detail"]
    assert done(project, "sort") > 20
