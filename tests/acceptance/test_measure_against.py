"""`untuned measure` as a team's CI and its terminal call it: a process, which exits by what it found."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bench.stub_model import Fault, StubModel
from processor import config
from tests import builders, running

if TYPE_CHECKING:
    from pathlib import Path

CASES = 12
AT_ONCE = 2
LABELS = [
    {"id": f"c{number}", "input": {"text": f"Where is card {number}?"}, "expected": {"category": "card"}}
    for number in range(CASES)
]


def said(body: dict[str, Any]) -> str:
    """A model that answers wrong under a prompt that says so."""
    wrong = "BROKEN" in json.dumps(body["messages"])
    return json.dumps({"category": "refund" if wrong else "card", "reason": "asks for a card"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a Git repository of its own."""
    made = running.plain_project(tmp_path / "project")
    lines = "".join(json.dumps(each) + "\n" for each in LABELS)
    (made / "tasks/sort/cases.jsonl").write_text(lines, encoding="utf-8")
    git(made, "init", "--quiet")
    git(made, "add", ".")
    git(made, "commit", "--quiet", "--message", "as it was")
    return made


@pytest.fixture
def environment(root: Path, tmp_path: Path) -> dict[str, str]:
    return config.child_environment(
        UNTUNED_PROJECT=str(root), XDG_STATE_HOME=str(tmp_path / "state"), UNTUNED_CONCURRENCY=str(AT_ONCE)
    )


def git(root: Path, *arguments: str) -> None:
    named = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", "-C", str(root), *named, *arguments], check=True, capture_output=True)


async def begun(environment: dict[str, str], stub: StubModel, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "processor", "measure", "sort", "--json", *arguments),
        env={**environment, "OPENAI_BASE_URL": stub.url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, Any, str]:
    """Its exit code, the object that it printed, and what it told on standard error."""
    out, err = await asyncio.wait_for(process.communicate(), running.PATIENCE)
    return process.returncode, json.loads(out) if out else None, err.decode()


async def test_a_change_for_the_worse_fails_a_teams_ci(root: Path, environment: dict[str, str]):
    prompt = root / "tasks/sort/prompt.md"
    async with StubModel(said) as stub:
        prompt.write_text(builders.PROMPT.replace("You sort", "Briefly: you sort"), encoding="utf-8")
        code, told, err = await ended(await begun(environment, stub, "--against", "HEAD"))
        assert (code, told["against"]["worse"], told["against"]["flips"]) == (0, False, []), err
        prompt.write_text(builders.PROMPT.replace("You sort", "BROKEN: you sort"), encoding="utf-8")
        code, told, err = await ended(await begun(environment, stub, "--against", "HEAD"))
    assert code == 1
    assert "untuned: this version is worse, beyond the noise" in err
    assert [flip["became"] for flip in told["against"]["flips"]] == ["broken"] * CASES
    assert len(stub.requests) == 3 * CASES  # what the first call had asked of HEAD was not asked again


async def test_an_interrupted_measurement_reports_what_is_done_and_goes_on(environment: dict[str, str]):
    half = CASES // 2
    async with StubModel(said, choose=lambda _: Fault("hang") if len(stub.requests) > half else None) as stub:
        process = await begun(environment, stub)
        await running.until(lambda: len(stub.requests) == half + AT_ONCE, "half of the calls, and the next ones")
        process.send_signal(signal.SIGINT)
        code, told, err = await ended(process)
        assert code == 1, err
        assert "Traceback" not in err
        assert "call it again to go on" in err
        assert told["unfinished"]
        assert 0 < told["n"] <= half
        stub.choose = None
        code, told, err = await ended(await begun(environment, stub))
    assert (code, told["n"], told["unfinished"]) == (0, CASES, ""), err
    assert len(stub.requests) <= CASES + AT_ONCE  # those under way at the end were asked twice
