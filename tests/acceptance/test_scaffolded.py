"""What `untuned new` makes runs as it stands: every kind, on the real stack with the real model, to its end."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from processor.scaffold import make
from tests import running, verbs

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings


def prepare(around: dict[str, str], root: Path) -> set[str]:
    """A project with a task of each kind, its knowledge loaded and its demo events produced; the events' ids."""
    assert verbs.run(around, "init", str(root)).code == 0
    sent: set[str] = set()
    for kind in make.KINDS:
        assert verbs.run(around, "new", f"my-{kind}", "--kind", kind).code == 0
        path = root / f"tasks/my-{kind}/demo.jsonl"
        events = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps({**event, "id": f"{kind}-{event['id']}"}) + "\n" for event in events))
        sent |= {f"{kind}-{event['id']}" for event in events}
        assert verbs.run(around, "knowledge", "load", f"my-{kind}").code == 0
        assert verbs.run(around, "produce", f"my-{kind}", str(path)).code == 0
    return sent


async def test_every_kind_runs_as_it_was_made(settings: Settings, environment: dict[str, str], tmp_path: Path):
    root = tmp_path / "project"
    # Other tests may keep the local model busy: it is waited for, and not taken for away.
    around = {**environment, "UNTUNED_PROJECT": str(root), "OPENAI_TIMEOUT": "600"}
    running.create_topics(settings)
    sent = await asyncio.to_thread(prepare, around, root)
    mine = settings.model_copy(update={"project": root})
    async with running.Running(around, tmp_path / "log") as worker:
        # The local model takes some seconds for each, one after the other.
        await running.until(lambda: running.lag(mine) == 0, "all events to be settled", 4 * running.PATIENCE)
        assert await worker.stop() == 0

    results, review = (running.read(mine, kind) for kind in ("results", "review"))
    assert {running.ident(record) for record in (*results, *review)} == sent
    assert {record["reason"] for record in review} <= {"rule", "steps_exhausted"}
    assert not [line for line in worker.story() if line["event"] == "wait"]
    ill = next(record for record in review if running.ident(record) == "classification-d3")
    assert ill["reason"] in {"rule", "steps_exhausted"}
    owners = (root / "tasks/my-routing/knowledge/owners.csv").read_text()
    assert all(record["answer"]["team"] in owners for record in results if record["task"] == "my-routing")
