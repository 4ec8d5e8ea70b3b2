"""`untuned demo` as a process on the real stack with its real model; its sums are held to what is on the topics."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import psutil
import pytest

from bench.stub_model import Fault, StubModel
from processor import config
from tests import reviewed, running

if TYPE_CHECKING:
    from processor.config import Settings

REPOSITORY = Path(__file__).parents[2]
SENT = {"demo-01", "demo-03", "demo-07", "demo-08", "demo-24", "demo-55"}
"""Two ordinary messages and a short one, an injection, an empty one and one that is far too large."""

LABELLED = """text,category
I lost my card yesterday,Karte verloren
My card is gone since this morning,Karte verloren
Somebody must have found my lost card,Karte verloren
I cannot find my card anywhere,Karte verloren
When do I get my money back?,refund
I am still waiting for my refund,refund
You have not sent the money back yet,refund
Please give me back what I paid,refund
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Ticket-triage with a few of its messages, one of them no event."""
    root = tmp_path / "project"
    shutil.copytree(REPOSITORY / "tasks" / "ticket-triage", root / "tasks" / "ticket-triage")
    for file in ("tasks/models.toml", "schemas/ticket-triage.avsc", "rules/ticket_triage.py"):
        (root / file).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / file, root / file)
    demo = root / "tasks" / "ticket-triage" / "demo.jsonl"
    lines = [json.loads(line) for line in demo.read_text().splitlines()]
    kept = [line for line in lines if line.get("id") in SENT or "raw" in line]
    demo.write_text("\n".join(map(json.dumps, kept)))
    return root


@pytest.fixture
def mine(environment: dict[str, str], project: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a demo of that project; its folder is of this test alone."""
    return {
        **environment,
        "UNTUNED_PROJECT": str(project),
        "UNTUNED_CONCURRENCY": "2",
        "UNTUNED_GRACE": "1",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


async def run(environment: dict[str, str], *arguments: str, expect: int = 0) -> tuple[dict[str, Any], str]:
    """Run the demo; its JSON object and what it told people."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "processor", "demo", "--json", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, told = (text.decode() for text in await process.communicate())
    assert process.returncode == expect, told
    return json.loads(out.splitlines()[-1]), told


def read(settings: Settings, project: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything on the demo's topics of outcomes but the correction's, read with a plain consumer."""
    own = settings.model_copy(
        update={
            "topic_prefix": f"{settings.topic_prefix}-demo",
            "group": f"{settings.group}-demo",
            "project": project,
        }
    )
    assert running.lag(own) == 0
    kinds = ("results", "retry", "review")
    return {kind: [each for each in running.read(own, kind) if not is_of_the_correction(each)] for kind in kinds}


def is_of_the_correction(record: dict[str, Any]) -> bool:
    """A person's result, the review item of a wrong result, and the same message once more."""
    name = record.get("event_id") or (record.get("event") or {}).get("id") or ""
    audit = record.get("inclusion") is not None
    return bool(name.endswith("-again") or audit or record.get("decided_by") == "person")


async def test_every_event_has_one_place_and_the_printed_commands_work(
    settings: Settings, mine: dict[str, str], project: Path
):
    found, told = await run(mine)
    topics = read(settings, project)
    settled = [*topics["results"], *topics["review"]]
    ids = {record.get("event_id") or (record["event"] or {}).get("id") for record in settled}
    assert {name.rpartition("-")[0] for name in ids if name} == SENT
    assert len(settled) == len(ids) == len(SENT) + 1
    assert found["produced"] == found["results"] + found["review"] == len(settled)
    assert (found["results"], found["review"]) == (len(topics["results"]), len(topics["review"]))
    assert found["retried"] == len({record["event"]["id"] for record in topics["retry"]})
    assert (found["lost"], found["lag"], found["duplicates"], found["complaints"]) == (0, 0, 0, [])
    usage = [record["usage"] for record in settled]
    assert found["tokens"] == sum(each["input_tokens"] + each["output_tokens"] for each in usage)
    assert {"undecodable", "invalid_input"} <= found["reasons"].keys()
    assert "It adds up: 7 produced" in told
    correction = found["correction"]
    assert correction["better"] or correction["why"] or correction["after"]
    assert "A correction, and the same message again" in told
    await printed_commands(mine, told)


async def printed_commands(environment: dict[str, str], told: str) -> None:
    """What the demo says to look at next does as it says."""
    printed = [line.partition("#")[0].strip() for line in told.splitlines() if line.startswith("  ") and "  # " in line]
    exports, *commands, review = printed
    verbs = [command.split()[1] for command in commands]
    assert verbs == ["results", "results", "results", "review"]
    commands[-1] += f" --password-stdin <<< '{reviewed.PASSWORD}'"
    process = await bash(environment, "set -eo pipefail", exports, *commands)
    out, told_of = (text.decode() for text in await process.communicate())
    assert process.returncode == 0, told_of
    assert "undecodable" in out
    assert "added ann" in out
    await served({**environment, "UNTUNED_REVIEW_PORT": "0"}, exports, f"exec {review}")


async def served(environment: dict[str, str], *commands: str) -> None:
    """The review application comes up, reads the demo's topics, and ends by Ctrl-C."""
    process = await bash(environment, *commands)
    try:
        assert process.stdout is not None
        said = (await asyncio.wait_for(process.stdout.readline(), reviewed.STARTED_WITHIN)).decode()
        async with aiohttp.ClientSession() as client:
            end = time.monotonic() + running.PATIENCE
            while not await serves(client, said.split()[1]):
                assert time.monotonic() < end
                await asyncio.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), running.PATIENCE) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def serves(client: aiohttp.ClientSession, address: str) -> bool:
    async with client.get(f"{address.rstrip('/')}/health") as answer:
        return answer.ok


async def bash(environment: dict[str, str], *lines: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("bash", "-c", "\n".join(lines)),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_users_messages_are_sorted_by_a_task_made_for_them(
    settings: Settings, mine: dict[str, str], tmp_path: Path
):
    file = tmp_path / "Our mail.csv"
    file.write_text(LABELLED)
    found, told = await run(mine, "--data", str(file), "--limit", "3")
    made = Path(found["project"])
    topics = read(settings, made)
    assert found["produced"] == found["results"] + found["review"] == 3
    assert len(topics["results"]) + len(topics["review"]) == 3
    answers = [record["answer"]["category"] for record in topics["results"]]
    assert set(answers) <= {"Karte_verloren", "refund"}
    accuracy = found["accuracy"]["our-mail"]["fields"]["category"]
    assert accuracy["n"] == len(answers)
    assert accuracy["low"] <= accuracy["share"] <= accuracy["high"]
    assert "4 of 8 messages are learnt from" in told
    assert "3 of 4 sent" in told
    checked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "processor", "check"), env={**mine, "UNTUNED_PROJECT": str(made)}
    )
    assert await checked.wait() == 0


async def test_a_demo_that_is_stopped_stops_its_workers(mine: dict[str, str], project: Path, tmp_path: Path):
    file = tmp_path / "mail.csv"
    file.write_text(LABELLED)
    async with StubModel(faults=[Fault("hang")] * 100) as stub:
        environment = {**mine, "OPENAI_BASE_URL": stub.url}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "processor", "demo", "--data", str(file)),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        folder = config.load(project=project, state_home=mine["XDG_STATE_HOME"]).state_dir / "demo"
        await running.until(lambda: bool(stub.requests), "the workers to work", seconds=3 * running.PATIENCE)
        workers = [json.loads(path.read_text())["pid"] for path in folder.glob("worker-*.json")]
        assert len(workers) == 2
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), running.PATIENCE)
        assert process.returncode == 1
        assert not [pid for pid in workers if psutil.pid_exists(pid)]
