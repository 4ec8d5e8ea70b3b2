"""A task is changed, broken and mended while a worker process works on real topics; the model is a stub."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from bench.stub_model import StubModel
from tests import builders, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from processor.config import Settings

RULE = """
from processor.core.rules import rule, violation
from . import limits

@rule(severity="warning")
def short(event, answer, passages):
    return violation("$.reason", "short") if len(answer["reason"]) < limits.LEAST else None
"""


def answer(body: dict[str, Any]) -> str:
    """The stub's answer tells which prompt it got."""
    return json.dumps({"category": "card", "reason": body["messages"][0]["content"]})


def told(worker: running.Running, event: str) -> list[dict[str, Any]]:
    """What the worker's log has of an event."""
    return [line for line in worker.story() if line["event"] == event]


def health(worker: running.Running) -> dict[str, Any]:
    """What the worker says of itself."""
    with urllib.request.urlopen(told(worker, "health")[0]["address"], timeout=10) as response:
        return dict(json.load(response))


async def test_a_task_is_changed_broken_and_mended_while_events_flow(
    settings: Settings, environment: dict[str, str], tmp_path: Path
):
    root = running.plain_project(tmp_path / "project")
    (root / "rules").mkdir()
    # Results are read beside a copy that stays as it is: they are JSON here, so that those of all versions can be read.
    mine = settings.model_copy(update={"project": running.plain_project(tmp_path / "copy")})
    running.create_topics(mine)
    sent = 0

    async def results_of(count: int, change: Callable[[], object] = lambda: None) -> list[dict[str, Any]]:
        """Produce events, make a change while they flow, and wait for all results so far; the newest only."""
        nonlocal sent
        running.produce(mine, running.events(sent + count)[sent:])
        sent += count
        change()
        await running.until(lambda: len(running.read(mine, "results")) >= sent, f"{sent} results")
        found = {running.ident(record): record for record in running.read(mine, "results")}
        assert len(found) == sent
        return [found[f"e{number}"] for number in range(sent - count, sent)]

    async with StubModel(answer, latency=0.1) as stub:
        around = {
            **environment,
            "UNTUNED_PROJECT": str(root),
            "OPENAI_BASE_URL": stub.url,
            "UNTUNED_WIRE_FORMAT": "json",
            "UNTUNED_RELOAD": "0.2",
            "UNTUNED_HEALTH_PORT": "0",
        }
        async with running.Running(around, tmp_path / "log") as worker:
            assert {record["answer"]["reason"] for record in await results_of(8)} == {"You sort messages."}

            prompt = builders.PROMPT.replace("You sort", "Always sort")
            amid = await results_of(200, lambda: (root / "tasks/sort/prompt.md").write_text(prompt))
            await running.until(lambda: len(told(worker, "task_changed")) == 1, "the changed prompt")
            second = await results_of(8)
            (changed,) = told(worker, "task_changed")
            before, after = (changed["before"], "You sort messages."), (changed["version"], "Always sort messages.")
            assert {(record["version"], record["answer"]["reason"]) for record in second} == {after}
            assert {(record["version"], record["answer"]["reason"]) for record in amid} <= {before, after}

            (root / "schemas/sort.avsc").write_text("{")
            await running.until(lambda: len(told(worker, "task_refused")) == 1, "the refusal")
            third = await results_of(8)
            assert {record["version"] for record in third} == {second[0]["version"]}
            assert health(worker)["ready"]
            assert health(worker)["tasks"]["sort"]["version"] == second[0]["version"]
            assert "schemas/sort.avsc" in health(worker)["tasks"]["sort"]["refused"]

            fields = json.loads(builders.SCHEMA)
            fields["fields"].append({"name": "sure", "type": ["null", "boolean"], "default": None})
            (root / "rules/limits.py").write_text("LEAST = 60\n")
            (root / "rules/sort.py").write_text(RULE)
            (root / "schemas/sort.avsc").write_text(json.dumps(fields))
            stub.answer = lambda body: json.dumps({**json.loads(answer(body)), "sure": True})
            await running.until(lambda: len(told(worker, "task_changed")) == 2, "the mended task")
            fourth = await results_of(8)
            assert {record["answer"]["sure"] for record in fourth} == {True}
            assert {warning["rule"] for record in fourth for warning in record["warnings"]} == {"short"}

            (root / "rules/limits.py").write_text("LEAST = 1\n")
            await running.until(lambda: len(told(worker, "task_changed")) == 3, "the changed helper")
            assert not any(record["warnings"] for record in await results_of(8))
            assert health(worker)["tasks"]["sort"]["refused"] is None
            assert await worker.stop() == 0
    assert running.read(mine, "review") == []
    assert running.lag(mine) == 0
