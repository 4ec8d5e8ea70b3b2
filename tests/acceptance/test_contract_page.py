"""docs/contract.md: what it shows works, and its consumer, which knows nothing of untuned, reads what a worker wrote.

Its schema and its narrowings are parsed in tests/unit/test_contract_pages.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest

from bench.stub_model import StubModel
from tests import registries, running, verbs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.config import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "contract.md").read_text()
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Answer",
        "namespace": "acme",
        "fields": [
            {"name": "category", "type": {"type": "enum", "name": "Category", "symbols": ["card", "refund"]}},
            {"name": "due", "type": ["null", {"type": "int", "logicalType": "date"}]},
            {
                "name": "amounts",
                "type": {
                    "type": "map",
                    "values": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2},
                },
            },
        ],
    }
)
ANSWER = {"category": "card", "due": "2026-12-01", "amounts": [{"key": "fee", "value": "-3.5"}]}
READ = {"category": "card", "due": "2026-12-01", "amounts": {"fee": "-3.50"}}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registries.running(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Settings:
    folder = running.plain_project(tmp_path / "project")
    (folder / "schemas/sort.avsc").write_text(SCHEMA)
    mine = settings.model_copy(update={"project": folder})
    running.create_topics(mine)
    return mine


@pytest.fixture
def environment(project: Settings, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "UNTUNED_PROJECT": str(project.project)}


async def first_lines(process: asyncio.subprocess.Process, count: int) -> list[Any]:
    assert process.stdout is not None
    return [json.loads(await asyncio.wait_for(process.stdout.readline(), running.PATIENCE)) for _ in range(count)]


@pytest.mark.parametrize("with_registry", [True, False])
async def test_a_consumer_without_untuned_reads_the_results(
    project: Settings, environment: dict[str, str], url: str, tmp_path: Path, *, with_registry: bool
):
    mine = {**environment, "SCHEMA_REGISTRY_URL": url if with_registry else ""}
    running.produce(project, running.events(3))
    async with (
        StubModel(json.dumps(ANSWER)) as stub,
        running.Running({**mine, "OPENAI_BASE_URL": stub.url}, tmp_path / "log") as worker,
    ):
        await running.until(lambda: running.lag(project) == 0, "three events to be settled")
        assert await worker.stop() == 0

    away = tmp_path / "consumer"
    away.mkdir()
    (away / "consumer.py").write_text(blocks("python")[0])
    if not with_registry:
        (away / "schemas.json").write_text(verbs.run(mine, "schemas", "--avro", "--json").out)
    # Isolated, and far from the checkout: nothing of untuned is imported.
    command = (sys.executable, "-I", "consumer.py", project.topic("results"))
    known = {"KAFKA_BOOTSTRAP_SERVERS": project.kafka, "SCHEMA_REGISTRY_URL": mine["SCHEMA_REGISTRY_URL"]}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=away, env={"PATH": os.environ["PATH"], **known}, stdout=asyncio.subprocess.PIPE
    )
    try:
        found = await first_lines(process, 3)
    finally:
        process.kill()
        await process.wait()

    assert {record["event_id"] for record in found} == {"e0", "e1", "e2"}
    assert [record["answer"] for record in found] == [READ] * 3
    assert all(record["attempts"][0]["usage"]["output_tokens"] > 0 for record in found)


def test_the_store_of_the_page_keeps_one_result_an_event(project: Settings, tmp_path: Path):
    command = [sys.executable, "-I", "store.py", project.topic("results"), "results.db"]
    environment = {"PATH": os.environ["PATH"], "KAFKA_BOOTSTRAP_SERVERS": project.kafka}
    producer = confluent_kafka.Producer({"bootstrap.servers": project.kafka})

    def publish(task: str, replay: int, value: bytes, *, person: bool = False) -> None:
        again = [("untuned-replay", str(replay).encode())] if replay else []
        again += [("untuned-decided-by", b"person")] if person else []
        own = [("x-foreign", None), ("ce_id", b"e1:result"), ("untuned-task", task.encode()), *again]
        producer.produce(project.topic("results"), value, b"key", headers=own)
        assert producer.flush(30) == 0

    def rows() -> list[Any]:
        with (
            contextlib.closing(sqlite3.connect(tmp_path / "results.db")) as database,
            contextlib.suppress(sqlite3.OperationalError),  # there is no table yet
        ):
            return database.execute("select task, replay, value from results order by task").fetchall()
        return []

    def stored(expected: list[Any], group: str) -> None:
        # A group of its own reads all from the beginning again, as after a crash before the first commit.
        (tmp_path / "store.py").write_text(blocks("python")[1].replace("my-store", f"{project.group}-{group}"))
        end = time.monotonic() + running.PATIENCE
        with subprocess.Popen(command, cwd=tmp_path, env=environment) as process:
            try:
                while rows() != expected:
                    assert time.monotonic() < end
                    assert process.poll() is None
                    time.sleep(0.2)
            finally:
                process.kill()

    publish("sort", 0, b"first")
    publish("sort", 0, b"a repeat")
    publish("route", 0, b"of another task")
    stored([("route", 0, b"of another task"), ("sort", 0, b"first")], "one")
    publish("sort", 1, b"newer")
    publish("sort", 0, b"late", person=True)
    publish("route", 0, b"corrected", person=True)
    publish("route", 0, b"a repeat")
    publish("tail", 0, b"last")
    stored([("route", 0, b"corrected"), ("sort", 1, b"newer"), ("tail", 0, b"last")], "two")


def test_a_worker_refuses_what_its_subject_does_not_take(project: Settings, environment: dict[str, str], url: str):
    mine = {**environment, "SCHEMA_REGISTRY_URL": url}
    subject = f"{project.topic('results')}-acme.AnswerResult"
    assert verbs.run(mine, "schemas", "--check").code == 0
    for path, method, body in (
        (f"/subjects/{subject}/versions", "POST", {"schema": verbs.run(mine, "schemas", "sort", "--avro").out}),
        (f"/config/{subject}", "PUT", {"compatibility": "BACKWARD"}),
    ):
        headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
        request = urllib.request.Request(url + path, json.dumps(body).encode(), headers, method=method)
        urllib.request.urlopen(request, timeout=30).close()
    (project.project / "schemas/sort.avsc").write_text(SCHEMA.replace('"due"', '"until"'))

    command = [sys.executable, "-m", "processor", "worker"]
    ended = subprocess.run(command, env=mine, capture_output=True, text=True, timeout=running.PATIENCE, check=False)

    assert ended.returncode == 2
    assert ended.stderr.startswith(
        f"untuned: schemas/sort.avsc: the schema registry refuses it at subject {subject} (BACKWARD): "
        "$.answer.until is new and has no default."
    )
    assert ended.stderr.count("\n") == 1


def test_the_commands_of_the_page(environment: dict[str, str], tmp_path: Path):
    environment = {**environment, "UNTUNED_PROJECT": str(ROOT), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    shown, *_ = blocks("sh")
    command = ["bash", "-euc", shown]
    ended = subprocess.run(
        command,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=2 * running.PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert '"additionalProperties": false' in ended.stdout
    assert "TicketTriageResult" in ended.stdout
