"""What the verbs share that measure a task: the cases, the run, its figures."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from processor.adapters import telemetry
from processor.cli import measuring_progress, terminal
from processor.core import errors
from processor.core.views import display

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Sequence

    from processor.cli.measuring_options import Options
    from processor.config import Settings
    from processor.core.task import Task
    from processor.measure.cases import Found, Gathered, Traffic
    from processor.measure.causes.records import Causes
    from processor.measure.figures import Ladder
    from processor.measure.records import Run, RungName
    from processor.measure.running.session import Session
    from processor.measure.running.spend import Limits


class Story(telemetry.Story):
    """Warnings alone, as lines on standard error: what becomes of each case is in the figures."""

    def __init__(self) -> None:
        super().__init__(contents=False)

    def note(self, event: str, **fields: object) -> None:
        """Nothing."""

    def warn(self, event: str, **fields: object) -> None:
        """One line."""
        told = ", ".join(f"{name}: {value}" for name, value in fields.items())
        click.echo(display.short(f"warning: {event} {told}", 400), err=True)


def gathered(settings: Settings, task: Task, asked: Options, people: Found | None = None) -> Gathered:
    """The cases that are measured: of --cases, of --days, of both, or else of the task's own file.

    `people` is what `decided` found, where it was asked before.

    Raises:
        UsageError: a file cannot be read, or there is no case.
        DefinitionError: a line of it is wrong.
        Misconfigured, Unavailable: a topic or Kafka is not there.
    """
    from processor.checking import labelled
    from processor.measure.cases import files, gather

    own = files.default(settings.project, task.name)
    found = []
    if asked.cases is not None:
        found.append(files.read(asked.cases, task, root=settings.project))
    if asked.days is not None:
        found.append(people or decided(settings, task, asked.days)[0])
    if not found:
        if not own.exists():
            told = f"tasks/{task.name}/{labelled.CASES} is not there: write labelled cases into it, or name them"
            raise errors.UsageError(f"{told} by --cases FILE or --days N (docs/cases.md)")
        found.append(files.read(own, task, root=settings.project))
    examples = labelled.read(settings.project, task.name)
    made = gather.gather(task, found, examples=examples, most=asked.max_cases, seed=asked.seed)
    if not made.cases:
        where = asked.cases or (f"the last {asked.days:g} days" if asked.days is not None else own)
        raise errors.UsageError(f"there is no labelled case to measure in {where}" + _left_out(made))
    return made


def _left_out(found: Gathered) -> str:
    """Why cases were left out, with the place of the first: where all are, there is something to look at."""
    if not found.exclusions:
        return ""
    whys = ", ".join(f"{count} {why}" for why, count in found.sampling.excluded.items())
    return f": {whys} (the first: {found.exclusions[0].source}; docs/cases.md)"


def decided(settings: Settings, task: Task, days: float) -> tuple[Found, Traffic]:
    """What people decided in the last days, and what the task did in them.

    Raises:
        Misconfigured, Unavailable: a topic or Kafka is not there.
    """
    return decided_since(settings, task, datetime.now(UTC) - timedelta(days=days))


def decided_since(settings: Settings, task: Task, since: datetime) -> tuple[Found, Traffic]:
    """The same since a time.

    Raises:
        Misconfigured, Unavailable: a topic or Kafka is not there.
    """
    from processor.cli.results import reader
    from processor.measure.cases import topics

    def show(kind: str, total: int) -> contextlib.AbstractContextManager[Callable[[int], None]]:
        return terminal.progress(f"reading {kind}", total)

    return topics.read(settings, task, reader(settings), since=since, now=datetime.now(UTC), show=show)


def limits(asked: Options, *before: Run) -> Limits:
    """What may be spent, without what runs before have spent."""
    from processor.measure.running import spend

    usd = None if asked.max_usd is None else asked.max_usd - sum(Decimal(str(run.spent_usd or 0)) for run in before)
    tokens = None if asked.max_tokens is None else asked.max_tokens - sum(run.spent_tokens for run in before)
    return spend.Limits(usd, tokens)


async def run_of(
    session: Session, task: Task, found: Gathered, asked: Options, rungs: Sequence[RungName], *, label: str = ""
) -> Run:
    """The cases on the rungs, with a progress bar; people's rung needs `rules`.

    Raises:
        Misconfigured, UsageError: as `running.run.measure`.
    """
    from processor.measure.records import Run
    from processor.measure.running import run

    with measuring_progress.progress(label or f"measuring {task.name}", len(found.cases)) as move:
        made = await run.measure(
            session, task, found.cases, rungs, repeats=asked.repeats, seed=asked.seed, progress=move
        )
    return Run(
        task=task.name,
        version=task.version,
        models=made.models,
        cases=found.cases,
        outcomes=made.outcomes,
        sampling=found.sampling,
        exclusions=found.exclusions,
        repeats=asked.repeats,
        started_at=made.started_at,
        seconds=made.seconds,
        spent_usd=made.spent_usd,
        spent_tokens=made.spent_tokens,
        unfinished=made.unfinished,
        label=label,
    )


async def ladder_of(
    session: Session, task: Task, found: Gathered, asked: Options, rungs: Sequence[RungName], *, label: str = ""
) -> Ladder:
    """The same with its figures."""
    from processor.measure.ladder import compute

    run = await run_of(session, task, found, asked, rungs, label=label)
    made = compute.ladder(run, task, reviewer_error=asked.reviewer_error)
    own = len(session.own & {case.id for case in found.cases})
    told = f"{own} of the cases are among the labelled examples, too: each was kept from finding itself."
    return dataclasses.replace(made, notes=(*made.notes, told)) if own else made


async def causes_of(session: Session, task: Task, run: Run, most: int | None = None) -> Causes:
    """Why the failures of a run fail, at the most so many of them, with a progress bar.

    Raises:
        ValueError, Misconfigured, UsageError: as `causes.examine.causes`.
    """
    from processor.measure.causes import examine, held

    known = held.read(task, session.settings.project, run.cases)
    failed = len({outcome.case for outcome in run.outcomes if outcome.failed})
    options = examine.Options(most=most, seed=run.sampling.seed, at_once=session.settings.concurrency)
    with measuring_progress.progress("finding causes", failed) as move:
        return await examine.causes(session, task, run, known, options=options, progress=move)
