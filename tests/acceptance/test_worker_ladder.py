"""A ladder over two endpoints, in a worker process: a cheap model that is not sure, then a strong one elsewhere."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from bench.stub_model import Fault, StubModel
from tests import running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings

CHEAP = json.dumps({"category": "refund", "reason": "a guess"})
STRONG = 'Sure:\n```json\n{"category": "card", "reason": "asks for {a} card"}\n```'
UNSURE = {"content": [{"token": CHEAP, "logprob": math.log(0.5), "bytes": None}]}


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Settings:
    """A task whose first step must be sure of its answer, and whose second names another model."""
    root = running.plain_project(tmp_path / "project")
    path = root / "tasks/sort/task.toml"
    ladder = path.read_text().replace("max_tokens = 60", "max_tokens = 60\naccept = { confidence = 0.8 }")
    path.write_text(ladder.replace('prompt = "retry.md"', 'prompt = "retry.md"\nmodel = "strong"'))
    mine = settings.model_copy(update={"project": root})
    running.create_topics(mine)
    return mine


def name_the_strong_model(project: Settings, url: str) -> None:
    (project.project / "tasks/models.toml").write_text(
        f'[models.strong]\nmodel = "strong-1"\nbase_url = "{url}"\napi_key = "STRONG_KEY"\n'
        '[prices.stub]\ninput = "1"\noutput = "2"\n'
    )


async def test_the_strong_model_answers_where_the_cheap_one_is_not_sure(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    running.produce(project, running.events(1))
    refused = Fault("status", 400, message="response_format is not supported")
    async with StubModel(CHEAP, logprobs=UNSURE) as cheap, StubModel(STRONG) as strong:
        strong.faults = [Fault("status", 503), refused, refused]
        name_the_strong_model(project, strong.url)
        (project.project / ".env").write_text("STRONG_KEY=of-the-file\n")
        run = {**environment, "UNTUNED_PROJECT": str(project.project), "OPENAI_BASE_URL": cheap.url}
        async with running.Running(run, tmp_path / "log") as only:
            await running.until(lambda: bool(running.read(project, "results")), "a result")
            assert await only.stop() == 0
            story = only.story()
    (result,) = running.read(project, "results")
    assert result["answer"] == {"category": "card", "reason": "asks for {a} card"}
    assert [told(attempt) for attempt in result["attempts"]] == [
        ("prompt.md", 0.5, ["confidence"]),
        ("retry.md", None, []),
    ]
    assert float(result["cost_usd"]) == pytest.approx(sum(float(each["cost_usd"]) for each in result["attempts"]))
    assert {request["authorization"] for request in strong.requests} == {"Bearer of-the-file"}
    assert {request["model"] for request in strong.requests} == {"strong-1"}
    assert "response_format" not in strong.requests[-1]
    assert [line["dependency"] for line in story if line["event"] == "wait"] == ["model strong"]
    assert [line["response_format"] for line in story if "asked without" in line["event"]] == ["text"]
    assert "of-the-file" not in (tmp_path / "log").read_text()


async def test_a_worker_without_a_models_key_does_not_start(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    name_the_strong_model(project, "http://127.0.0.1:1/v1")
    run = {**environment, "UNTUNED_PROJECT": str(project.project), "STRONG_KEY": ""}
    async with running.Running(run, tmp_path / "log") as only:
        assert await only.process.wait() == 2
    assert "model strong needs STRONG_KEY: set it in the environment or in .env" in (tmp_path / "log").read_text()


def told(attempt: dict[str, Any]) -> tuple[Any, ...]:
    confidence = attempt["confidence"]
    return (
        attempt["step"],
        None if confidence is None else pytest.approx(confidence),
        [found["rule"] for found in attempt["violations"]],
    )
