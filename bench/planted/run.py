"""The benchmark: plant, measure, find causes. The way of each case is the measurement's own."""

from __future__ import annotations

import contextlib
import dataclasses
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
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bench.planted.figures import Figures
    from processor.adapters.memory import Ask
    from processor.adapters.telemetry import Story
    from processor.config import Settings
    from processor.core.records import Completion, Prompt
    from processor.measure.causes.held import Held
    from processor.measure.causes.records import Causes


async def benchmark(folder: Path, each: int, seed: int) -> Figures:
    """How often planted causes are found.

    Args:
        folder: an empty one, for the project and the cache of answers.
        each: cases of each kind.
        seed: of the articles and of the model's chances.
    """
    settings = config.Settings(project=folder / "project", state_home=folder / "state")
    planted = plants.plant(settings.project, each, seed)
    return figures.of(planted, await attributed(settings, planted, seed))


async def attributed(
    settings: Settings,
    planted: tuple[plants.Planted, ...],
    seed: int,
    outside: Callable[[Settings, Story], AbstractAsyncContextManager[Outside]] | None = None,
) -> Causes:
    """The causes of what was planted.

    Args:
        settings: of the project that was planted in.
        planted: its cases.
        seed: of the model's chances.
        outside: where knowledge is retrieved from; None for a count of shared words. The model is scripted either way.
    """
    cases = tuple(each.case for each in planted)
    task = Project(settings.project).load(plants.TASK)
    known = held.read(task, settings.project, cases)
    connect = _scripted(scripted.Model(planted, seed), outside or _offline(known))
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


def _scripted(
    model: Ask, outside: Callable[[Settings, Story], AbstractAsyncContextManager[Outside]]
) -> Callable[[Settings, Story], AbstractAsyncContextManager[Outside]]:
    @contextlib.asynccontextmanager
    async def connect(settings: Settings, story: Story) -> AsyncIterator[Outside]:
        async with outside(settings, story) as found:
            yield dataclasses.replace(found, ask=model)

    return connect


def _offline(known: Held) -> Callable[[Settings, Story], AbstractAsyncContextManager[Outside]]:
    @contextlib.asynccontextmanager
    async def connect(_: Settings, __: Story) -> AsyncIterator[Outside]:
        retrieve = scripted.retrieval(known)
        yield Outside(ask=_nobody, retrieve=retrieve, answered=lambda _: 0, waiting=lambda: "")

    return connect


async def _nobody(_: Prompt, __: Callable[[], None]) -> Completion:
    raise AssertionError("the model is scripted")
