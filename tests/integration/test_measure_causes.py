"""Causes with the real store: of a shipped task with the real local model, and of failures that are planted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.planted import plants
from bench.planted import run as planting
from processor.adapters import project, telemetry
from processor.checking import labelled
from processor.core.lookup import query
from processor.core.records import Event
from processor.knowledge import session as knowledge
from processor.measure.causes import examine, held
from processor.measure.records import Case, Run, Sampling
from processor.measure.running import outside, run, session

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.measure.causes.records import Causes

ROOT = Path(__file__).parents[2]
NAME = "ticket-triage"


def some_cases() -> tuple[Case, ...]:
    found = [each for each in labelled.read(ROOT, NAME) if each.path.endswith(labelled.CASES)]
    return tuple(Case(Event(each.id, NAME, each.input), each.answer, f"{each.path}:{each.line}") for each in found[:2])


async def causes(settings: Settings) -> Causes:
    task, cases = project.Project(ROOT).load(NAME), some_cases()
    async with session.Session(settings, telemetry.Story(contents=False)) as made:
        found = await run.measure(made, task, cases, ("prompt",))
        whole = Run(
            task=NAME,
            version=task.version,
            models=found.models,
            cases=cases,
            outcomes=found.outcomes,
            sampling=Sampling(len(cases), len(cases)),
            exclusions=(),
            repeats=1,
            started_at=found.started_at,
            seconds=found.seconds,
            spent_usd=found.spent_usd,
            spent_tokens=found.spent_tokens,
        )
        known = held.read(task, ROOT, cases)
        return await examine.causes(made, task, whole, known, options=examine.Options(most=1))


@pytest.mark.timeout(1200)
async def test_causes_of_a_shipped_task_and_then_from_the_cache(settings: Settings):
    # Beside other tests the local model is waited for, and not pressed.
    mine = settings.model_copy(update={"project": ROOT, "concurrency": 2, "openai_timeout": 600.0})
    await knowledge.load(mine, NAME, lambda *_: None)
    first = await causes(mine)
    assert first.rung == "prompt"
    assert first.failed >= first.examined == 1  # the local model alone sorts one message in ten
    assert first.calls > 0
    assert sum(each.share.count for each in first.shares) == first.examined
    for finding in first.findings:
        assert finding.why
        # The prompt alone was asked once more, and what was put in was found in the knowledge and shown.
        assert finding.replayed.again.tried == 1
        if finding.replayed.context.tried:
            assert finding.lacked.standing in ("missed", "shown")
            for replay in finding.replayed.context.outcomes:
                assert {each.id for each in replay.passages} & set(finding.lacked.passages)

    again = await causes(mine)
    assert (again.calls, again.spent_tokens) == (0, 0)
    assert [(each.case, each.cause, each.why) for each in again.findings] == [
        (each.case, each.cause, each.why) for each in first.findings
    ]


async def found_by_the_store(settings: Settings, case: Case) -> set[str]:
    """The ids of all that the store finds for a case."""
    task = project.Project(settings.project).load(plants.TASK)
    async with outside.connected(settings, telemetry.Story(contents=False)) as servers:
        found = await servers.retrieve(query.build(task, case.event, settings.topic_prefix))
    return {passage.id for passage in found}


@pytest.mark.timeout(1200)
async def test_planted_causes_are_found_with_the_real_store(settings: Settings, tmp_path: Path):
    mine = settings.model_copy(update={"project": tmp_path / "project", "concurrency": 8})
    planted = plants.plant(mine.project, each=2, seed=0)
    # What chance decides has no one answer, nor what no label names of documents that say the same.
    certain = {each.case.id: each for each in planted if "chance" not in each.kind.script and not each.kind.shared}
    await knowledge.load(mine, plants.TASK, lambda *_: None)
    causes = await planting.attributed(mine, tuple(certain.values()), 0, outside.connected)
    assert causes.examined >= len(certain) / 2  # the store finds by meaning some that a count of words does not
    for finding in causes.findings:
        plant = certain[finding.case]
        expected = plant.kind.cause
        if expected in ("missed", "cut", "unused"):
            document = f"{plant.script.article.replace(' ', '-').lower()}.md#0"
            if document not in await found_by_the_store(mine, plant.case):
                expected = "missed"  # whatever else was planted: this store did not find it
        assert (finding.case, finding.cause, finding.why) == (finding.case, expected, finding.why)
