"""A worker held back: by its budgets for a minute, and by an outage, which it shows and gets over."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from bench.stub_model import Fault, StubModel
from tests import running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings

GOOD = json.dumps({"category": "card", "reason": "asks for a card"})
EVENTS = 12


@pytest.fixture
def environment(project: Settings, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "UNTUNED_PROJECT": str(project.project), "UNTUNED_HEALTH_PORT": "0"}


def done(project: Settings) -> int:
    return len({running.ident(record) for record in running.read(project, "results")})


async def health(worker: running.Running) -> dict[str, Any]:
    (address,) = (line["address"] for line in worker.story() if line["event"] == "health")

    def ask() -> dict[str, Any]:
        try:
            with urllib.request.urlopen(address, timeout=10) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as unready:  # what was seen a second ago, before the first event
            return dict(json.load(unready))

    return await asyncio.to_thread(ask)


async def test_the_budgets_of_a_minute_are_kept(project: Settings, environment: dict[str, str], tmp_path: Path):
    running.produce(project, running.events(EVENTS))
    limit = {"UNTUNED_REQUESTS_PER_MINUTE": "120"}
    async with (
        StubModel(GOOD) as stub,
        running.Running({**environment, **limit, "OPENAI_BASE_URL": stub.url}, tmp_path / "log") as worker,
    ):
        await running.until(lambda: done(project) == EVENTS, "all results")
        assert await worker.stop() == 0
    times = sorted(request["at"] for request in stub.requests)
    assert times[-1] - times[0] >= EVENTS / 2 - 4  # one every half second, but for a second's worth and a busy machine


async def test_money_is_counted_at_its_price(project: Settings, environment: dict[str, str], tmp_path: Path):
    # 10 tokens of an answer at 1000 US dollars per million: 0.01 a call, so 0.6 a minute is one call a second.
    prices = '[prices.stub]\ninput = "0"\noutput = "1000"\n'
    (project.project / "tasks" / "models.toml").write_text(prices)
    running.produce(project, running.events(EVENTS))
    async with (
        StubModel(GOOD) as stub,
        running.Running(
            {**environment, "UNTUNED_USD_PER_MINUTE": "0.6", "OPENAI_BASE_URL": stub.url}, tmp_path / "log"
        ) as worker,
    ):
        await running.until(lambda: done(project) == EVENTS, "all results")
        assert await worker.stop() == 0
    times = sorted(request["at"] for request in stub.requests)
    assert times[-1] - times[0] >= EVENTS - 5


async def test_an_outage_shows_in_health_and_in_one_line_and_is_got_over(
    project: Settings, environment: dict[str, str], tmp_path: Path
):
    running.produce(project, running.events(EVENTS))
    async with StubModel(GOOD) as stub:
        stub.choose = lambda _: Fault("status", 503)
        async with running.Running({**environment, "OPENAI_BASE_URL": stub.url}, tmp_path / "log") as worker:
            await running.until(lambda: any(line["event"] == "circuit_opened" for line in worker.story()), "an outage")
            seen = await health(worker)
            asked = len(stub.requests)
            stub.choose = None
            await running.until(lambda: done(project) == EVENTS, "all results")
            assert await worker.stop() == 0
            story = worker.story()
    assert seen["gates"]["model"]["state"] in {"open", "half-open"}
    assert "HTTP 503" in seen["gates"]["model"]["why"]
    assert any("HTTP 503" in why for why in seen["why"])
    assert asked < 2 * EVENTS
    closed = [line for line in story if line["event"].startswith("circuit_")]
    assert [line["event"] for line in closed] == ["circuit_opened", "circuit_closed"]
    attempts = {record["attempts"][-1]["number"] for record in running.read(project, "results")}
    assert attempts == {1}
