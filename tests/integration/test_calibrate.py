"""`untuned calibrate` on a shipped task with the real store and the real local model."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from processor.adapters import project, telemetry
from processor.checking import labelled
from processor.core.records import Event
from processor.knowledge import session as knowledge
from processor.measure.calibration import calibrate
from processor.measure.calibration.choose import Wish
from processor.measure.calibration.values import Costs
from processor.measure.records import Case
from processor.measure.running import session

if TYPE_CHECKING:
    from processor.config import Settings

ROOT = Path(__file__).parents[2]
NAME = "ticket-triage"


@pytest.fixture
def mine(settings: Settings) -> Settings:
    return settings.model_copy(update={"project": ROOT, "concurrency": 1, "openai_timeout": 600.0})


@pytest.mark.timeout(1200)
async def test_few_cases_are_not_enough_and_that_is_said(mine: Settings):
    await knowledge.load(mine, NAME, lambda *_: None)
    task = project.Project(ROOT).load(NAME)
    labels = [each for each in labelled.read(ROOT, NAME) if each.path.endswith(labelled.CASES)][:2]
    cases = [Case(Event(each.id, NAME, each.input), each.answer, f"{each.path}:{each.line}") for each in labels]
    async with session.Session(mine, telemetry.Story(contents=False)) as made:
        traced = await calibrate.trace(made, task, cases)
        walked = [await made.walk(task, case, "rules") for case in cases]
        bought = made.spend.calls
        again = await calibrate.trace(made, task, cases)
        assert made.spend.calls == bought

    assert [knob.kind for knob in traced.tracer.knobs] == ["agreement", "confidence", "confidence"]
    assert again.traces == traced.traces
    found = calibrate.found(task, traced, Wish(0.05), Costs(60, 30), at=datetime.now(UTC), left_out=0)
    assert found.chosen is None
    assert found.more is None or found.more > 50
    assert found.why
    # What the thresholds of now do by the traces is what they do.
    accepted = {each.case for each in walked if each.accepted}
    assert accepted == {trace.case for trace in traced.traces if _accepts(trace, task)}


def _accepts(trace, task) -> bool:
    """A walk through a trace with the thresholds of now."""
    at = trace.first
    while at is not None:
        needed = task.definition.step[at.step - 1].accept
        least = needed.agreement if needed.agreement is not None else (needed.confidence or -9)
        if at.score >= least and at.accepted:
            return True
        at = at.enough if at.score >= least else at.short
    return False
