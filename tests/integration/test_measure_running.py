"""A shipped task on all rungs with the real store and the real local model, and then once more from the cache."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from processor.adapters import project, telemetry
from processor.checking import labelled
from processor.core import errors
from processor.core.records import Event
from processor.knowledge import session as knowledge
from processor.measure.records import Case
from processor.measure.running import answers, run, session

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.measure.records import RungName

ROOT = Path(__file__).parents[2]
NAME = "ticket-triage"
RUNGS: tuple[RungName, ...] = ("vote", "prompt", "retrieval", "rules")


@pytest.fixture
def mine(settings: Settings) -> Settings:
    # The local model answers within seconds, or, beside other tests, within minutes: it is waited for, and not pressed.
    return settings.model_copy(update={"project": ROOT, "concurrency": 1, "openai_timeout": 600.0})


def some_cases() -> tuple[Case, ...]:
    """Two cases, and one that is among the examples, too."""
    found = labelled.read(ROOT, NAME)
    examples = [each for each in found if each.is_example]
    others = [each for each in found if each.path.endswith(labelled.CASES)]
    return tuple(
        Case(Event(each.id, NAME, each.input), each.answer, f"{each.path}:{each.line}")
        for each in (*others[:2], examples[0])
    )


async def measured(settings: Settings) -> run.Measured:
    task = project.Project(ROOT).load(NAME)
    async with session.Session(settings, telemetry.Story(contents=False)) as made:
        return await run.measure(made, task, some_cases(), RUNGS)


@pytest.mark.timeout(1200)
async def test_all_rungs_and_then_all_from_the_cache(mine: Settings):
    await knowledge.load(mine, NAME, lambda *_: None)
    cases = some_cases()
    first = await measured(mine)
    assert (first.unfinished, first.rungs) == ("", RUNGS)
    assert [(each.case, each.rung) for each in first.outcomes] == [(case.id, rung) for case in cases for rung in RUNGS]
    by_rung = {rung: [each for each in first.outcomes if each.rung == rung] for rung in RUNGS}
    assert all(each.accepted and each.usage.total == 0 for each in by_rung["vote"])
    assert all(each.usage.total > 0 and each.passages == () for each in by_rung["prompt"])
    assert all(each.usage.total > 0 and each.passages for each in by_rung["retrieval"])
    assert all(each.seconds > 0 for each in first.outcomes)
    assert first.calls + first.cached >= 2 * len(cases)
    assert first.own == (cases[-1].id,)
    shown = {passage.id for each in first.outcomes if each.case == cases[-1].id for passage in each.passages}
    assert f"examples.jsonl#{cases[-1].id}" not in shown

    again = await measured(mine)
    assert (again.calls, again.spent_tokens, again.spent_usd) == (0, 0, 0.0)
    assert again.cached == first.calls + first.cached
    assert [comparable(each) for each in again.outcomes] == [comparable(each) for each in first.outcomes]
    assert answers.path(mine).stat().st_mode & 0o777 == 0o600


def comparable(outcome):
    """All but how quickly the store answered, and what was asked anew."""
    return dataclasses.replace(outcome, seconds=0.0, cached=0)


async def test_knowledge_that_is_not_loaded_is_told_at_once(mine: Settings):
    with pytest.raises(errors.Misconfigured, match="untuned knowledge load"):
        await measured(mine)


async def test_a_model_that_is_not_there_is_told_at_once(mine: Settings):
    gone = mine.model_copy(update={"openai": mine.openai + "/nowhere"})
    async with session.Session(gone, telemetry.Story(contents=False)) as made:
        with pytest.raises(errors.Misconfigured, match="does not know this model or path"):
            await run.measure(made, project.Project(ROOT).load(NAME), some_cases(), ("prompt",))
