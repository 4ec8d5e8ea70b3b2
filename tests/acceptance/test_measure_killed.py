"""A measurement that is killed loses what it had asked for at that moment, and nothing else."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bench.stub_model import Fault, StubModel
from processor import config
from tests import running

if TYPE_CHECKING:
    from pathlib import Path

CASES = 10
AT_ONCE = 2
ANSWER = json.dumps({"category": "card", "reason": "asks for a card"})

MEASURE = f"""
import asyncio, dataclasses, json
from processor import config
from processor.adapters import project, telemetry
from processor.measure.running import run, session
from tests import measured

async def main():
    settings = config.load()
    task = project.Project(settings.project).load("sort")
    async with session.Session(settings, telemetry.Story(contents=False)) as made:
        found = await run.measure(made, task, measured.cases({CASES}), ("prompt", "rules"))
    rows = [[each.case, each.rung, each.answer, each.usage.total, each.seconds] for each in found.outcomes]
    print(json.dumps({{"calls": found.calls, "unfinished": found.unfinished, "outcomes": rows}}))

asyncio.run(main())
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return config.child_environment(
        UNTUNED_PROJECT=str(running.plain_project(tmp_path / "project")),
        XDG_STATE_HOME=str(tmp_path / "state"),
        UNTUNED_CONCURRENCY=str(AT_ONCE),
    )


async def begun(environment: dict[str, str], stub: StubModel) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", MEASURE),
        env={**environment, "OPENAI_BASE_URL": stub.url},
        stdout=asyncio.subprocess.PIPE,
    )


async def measured(environment: dict[str, str], stub: StubModel) -> Any:
    process = await begun(environment, stub)
    out, _ = await asyncio.wait_for(process.communicate(), running.PATIENCE)
    assert process.returncode == 0
    return json.loads(out)


async def test_a_run_that_is_killed_goes_on_where_it_was(environment: dict[str, str]):
    half = CASES // 2
    async with StubModel(ANSWER, choose=lambda _: Fault("hang") if len(stub.requests) > half else None) as stub:
        killed = await begun(environment, stub)
        await running.until(lambda: len(stub.requests) == half + AT_ONCE, "half of the calls, and the next ones")
        killed.kill()
        await killed.communicate()
        before = len(stub.requests)
        stub.choose = None
        found = await measured(environment, stub)
        assert (found["unfinished"], len(found["outcomes"])) == ("", 2 * CASES)
        assert CASES <= len(stub.requests) <= CASES + AT_ONCE  # those under way when it was killed were asked twice
        assert found["calls"] == len(stub.requests) - before
        again = await measured(environment, stub)
        assert again["calls"] == 0
        assert [row[:4] for row in again["outcomes"]] == [row[:4] for row in found["outcomes"]]
        assert len(stub.requests) == before + found["calls"]
