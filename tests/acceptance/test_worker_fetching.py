"""What a worker reads first, on a real broker: a backlog in one partition keeps no other waiting, nor a large event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bench.stub_model import StubModel
from processor.adapters import fetching
from tests import running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings

GOOD = json.dumps({"category": "card", "reason": "asks for a card"})
BACKLOG = 1500
CONCURRENCY = 16
LARGE = 3 * fetching.MOST_OF_A_PARTITION


@pytest.fixture
def mine(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a project of one task, its topics created."""
    found = settings.model_copy(update={"project": running.plain_project(tmp_path / "project")})
    running.create_topics(found)
    return found


async def test_a_backlog_in_one_partition_keeps_no_other_waiting_nor_does_a_large_event(
    mine: Settings, environment: dict[str, str], tmp_path: Path
):
    backlog = running.events(BACKLOG)
    running.produce(mine, backlog, [b"the same key"] * BACKLOG)
    others = [json.dumps({"id": f"other-{n}", "task": "sort", "input": {"text": "x"}}).encode() for n in range(8)]
    large = json.dumps({"id": "large", "task": "sort", "input": {"text": "x " * (LARGE // 2)}}).encode()
    running.produce(mine, [*others, large])
    run = {**environment, "UNTUNED_PROJECT": str(mine.project)}
    async with StubModel(GOOD) as stub:
        run["OPENAI_BASE_URL"] = stub.url
        async with running.Running(run, tmp_path / "log", ("--concurrency", str(CONCURRENCY))) as only:
            await running.until(lambda: running.lag(mine) == 0 and len(decided(only)) > BACKLOG, "all to be settled")
            assert await only.stop() == 0
    order = decided(only)
    idents = [line["id"] for line in order]
    assert sorted(idents) == sorted([*(f"e{n}" for n in range(BACKLOG)), *(f"other-{n}" for n in range(8)), "large"])
    (full,) = {line["partition"] for line in order if line["id"] == "e0"}
    elsewhere = [place for place, line in enumerate(order) if line["partition"] != full]
    # One turn of the backlog's partition is a hundred events; what is in flight and buffered comes on top.
    assert elsewhere
    assert elsewhere[-1] < BACKLOG / 2


def decided(worker: running.Running) -> list[dict[str, Any]]:
    """The story's lines of events that are results or with people, in the order of their being settled."""
    return [line for line in worker.story() if line["event"] in ("result", "review")]
