"""The benchmark: plant, measure, find causes. The way of each case is the measurement's own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bench.planted import figures, plants, scripted
from processor import config
from processor.adapters import telemetry
from processor.adapters.project import Project
from processor.measure.causes import examine, held
from processor.measure.records import Run, Sampling
from processor.measure.running import run, session
from processor.measure.running.outside import Outside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.planted.figures import Figures
    from processor.adapters.telemetry import Story
    from processor.config import Settings
    from processor.measure.causes.records import Causes


async def benchmark(folder: Path, each: int, seed: int) -> Figures:
    """How often planted causes are found.

    Args:
        folder: an empty one, for the project and the cache of answers.
        each: cases of each kind.
        seed: of the articles and of the model's chances.
    """
    planted = plants.plant(folder / "project", each, seed)
    return figures.of(planted, await attributed(folder, planted, seed))


async def attributed(folder: Path, planted: tuple[plants.Planted, ...], seed: int) -> Causes:
    """The causes of what was planted in the folder's project."""
    settings = config.Settings(project=folder / "project", state_home=folder / "state")
    cases = tuple(each.case for each in planted)
    task = Project(settings.project).load(plants.TASK)
    known = held.read(task, settings.project, cases)
    model = scripted.Model(planted, seed)

    @contextlib.asynccontextmanager
    async def connect(_: Settings, __: Story) -> AsyncIterator[Outside]:
        yield Outside(ask=model, retrieve=scripted.retrieval(known), answered=lambda _: 0, waiting=lambda: "")

    async with session.Session(settings, telemetry.Story(contents=False), connect=connect) as opened:
        measured = await run.measure(opened, task, cases, ("rules",), seed=seed)
        whole = Run(
            task=task.name,
            version=task.version,
            models=measured.models,
            cases=cases,
            outcomes=measured.outcomes,
            sampling=Sampling(len(cases), len(cases)),
            exclusions=(),
            repeats=1,
            started_at=measured.started_at,
            seconds=measured.seconds,
            spent_usd=measured.spent_usd,
            spent_tokens=measured.spent_tokens,
        )
        return await examine.causes(opened, task, whole, known)
