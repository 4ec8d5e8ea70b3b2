"""`untuned replay` beside a worker: what went to people is answered once its prompt is mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bench.stub_model import StubModel
from tests import builders, running, verbs

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings

GOOD = json.dumps({"category": "card", "reason": "asks for a card"})
MENDED = "You sort messages about money."


def answer(body: dict[str, Any]) -> str:
    """Of use only to a prompt that says enough."""
    return GOOD if MENDED in json.dumps(body) else '{"category": "bank"}'


@pytest.fixture
def environment(project: Settings, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "UNTUNED_PROJECT": str(project.project)}


async def work_off(project: Settings, environment: dict[str, str], url: str, log: Path) -> None:
    """A worker for as long as something waits."""
    async with running.Running({**environment, "OPENAI_BASE_URL": url}, log) as worker:
        await running.until(lambda: running.lag(project) == 0, "everything to be settled")
        assert await worker.stop() == 0


async def test_review_items_are_answered_once_the_prompt_is_mended(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    running.produce(project, [*running.events(3), b"\xff"])
    async with StubModel(answer) as stub:
        await work_off(project, environment, stub.url, tmp_path / "before")
        assert len(running.read(project, "review")) == 4
        calls = len(stub.requests)

        (project.project / "tasks/sort/prompt.md").write_text(builders.PROMPT.replace("You sort messages.", MENDED))
        sent, again = (verbs.run(environment, "replay", "--yes", "--json").json[0] for _ in range(2))
        assert (sent["confirmed"], sent["left_out"]) == (4, {})
        assert (again["confirmed"], again["left_out"]) == (0, {"waiting": 4})
        await work_off(project, environment, stub.url, tmp_path / "after")

        assert len(stub.requests) == calls + 3
    results = running.read(project, "results")
    assert sorted(result["event_id"] for result in results) == ["e0", "e1", "e2"]
    for result in results:
        assert result["headers"]["untuned-replay"] == b"1"
        assert result["headers"]["ce_id"] == f"{result['event_id']}:result".encode()
        assert result["headers"]["x-foreign"] == b"kept"
        assert [attempt["number"] for attempt in result["attempts"]] == [1]
    again = verbs.run(environment, "replay", "--dry-run", "--json").json[0]
    assert (again["events"], again["groups"][0]["reason"], again["left_out"]) == (1, "undecodable", {"answered": 3})
