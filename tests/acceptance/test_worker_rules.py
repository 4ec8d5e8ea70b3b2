"""Rules in a worker process: one that runs on is stopped, its event goes to people, and the worker works on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.stub_model import StubModel
from tests import running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings

GOOD = json.dumps({"category": "card", "reason": "asks for a card"})
RULES = """
import re
from processor.core.rules import rule

@rule(seconds=0.2)
def runs_on(event, answer, passages):
    while event.input["text"] == "message 1":
        try:
            re.match("(a+)+$", "a" * 60 + "b")
        except Exception:
            pass
"""


async def test_a_rule_that_runs_on_costs_one_event_its_result_and_no_more(
    settings: Settings, environment: dict[str, str], tmp_path: Path
):
    root = running.plain_project(tmp_path / "project")
    (root / "rules").mkdir()
    (root / "rules/sort.py").write_text(RULES)
    mine = settings.model_copy(update={"project": root})
    running.create_topics(mine)
    running.produce(mine, running.events(8))
    given = {**environment, "UNTUNED_PROJECT": str(root)}

    def holds() -> bool:
        counts = [len(running.read(mine, kind)) for kind in ("results", "review")]
        return counts == [7, 1] and running.lag(mine) == 0

    async with (
        StubModel(GOOD) as stub,
        running.Running({**given, "OPENAI_BASE_URL": stub.url}, tmp_path / "log") as only,
    ):
        await running.until(holds, "7 results and 1 review item")
        assert await only.stop() == 0
    (review,) = running.read(mine, "review")
    assert running.ident(review) == "e1"
    assert review["reason"] == "rule_failed"
    assert review["detail"] == "rule runs_on ran longer than 0.2 s"
