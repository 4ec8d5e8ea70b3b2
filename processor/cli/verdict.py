"""`untuned verdict`."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from processor import config
from processor.cli import measuring, measuring_options, reporting, terminal

if TYPE_CHECKING:
    from pathlib import Path

    from processor.cli.measuring_options import Options
    from processor.config import Settings
    from processor.core.task import Task
    from processor.measure.cases import Gathered, Traffic
    from processor.measure.causes.records import Causes
    from processor.measure.figures import Ladder
    from processor.measure.records import RungName
    from processor.measure.verdict.assumptions import Assumptions
    from processor.measure.verdict.values import Verdict

RUNGS: tuple[RungName, ...] = ("vote", "prompt", "retrieval", "rules")
"""All that are measured: a verdict rests on the whole ladder."""


@click.command()
@click.argument("task")
@measuring_options.options
@click.option(
    "--events-per-day",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="Default: as counted on the topics, with --days.",
)
@click.option(
    "--assume", "said", multiple=True, metavar="KEY=VALUE", help="Instead of assumptions.toml; a range: KEY=LOW..HIGH."
)
@reporting.file
@reporting.redact
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verdict(
    task: str,
    asked: Options,
    events_per_day: float | None,
    said: tuple[str, ...],
    report: Path | None,
    redact: bool,
    as_json: bool,
) -> None:
    """Say whether to fine-tune: No, not enough data, or worth a trial; and what that rests on.

    \b
    On the task's own cases:           untuned verdict ticket-triage --events-per-day 2000
    With production's last month:      untuned verdict ticket-triage --days 30
    What a review really costs here:   untuned verdict ticket-triage --days 30 --assume people.usd_per_hour=52
    For the one who decides:           untuned verdict ticket-triage --days 30 --report verdict.html

    The ladder is measured as by `untuned measure` (its answers are kept: after it, this is nearly free), failures are
    replayed to find their causes, and then, in this order:

    \b
    ceiling     would even a perfect fine-tune pay before its base model is retired? If not: No, train nothing.
    gates       are the rungs exhausted, is the task stable, do people agree, are there thousands of labels?
    situations  rules that are not kept, high volume, tacit knowledge: is one of the three given?

    Every number that the data do not give is an assumption, with its source and date: the report shows all of them,
    `assumptions.toml` in the project's or the task's folder changes them, and what would flip the answer is told.
    Exits 0 when the answer is No or worth a trial, 1 when there is not enough data. See docs/verdict.md.
    """
    from processor.adapters import project
    from processor.measure.verdict import document, history, kept

    measuring_options.needs_extra()
    reporting.check(report, redact=redact)
    settings = config.load(concurrency=asked.concurrency)
    found = project.Project(settings.project).load(task)
    volume = () if events_per_day is None else (f"volume.events_per_day={events_per_day!r}",)
    assumed = history.assumed(settings.project, task, (*said, *volume))
    people, traffic = (None, None) if asked.days is None else measuring.decided(settings, found, asked.days)
    cases = measuring.gathered(settings, found, asked, people)
    ladder, causes = asyncio.run(_measured(settings, found, cases, asked))
    made = _verdict(settings, found, ladder, causes, traffic, assumed)
    kept.keep(settings, made)
    if as_json:
        terminal.emit(document.verdict(made))
    else:
        from processor.cli import verdict_report

        verdict_report.show(made)
    if report is not None:
        _report(report, ladder, causes, made, texts=not redact)
    sys.exit(_code(ladder, causes, made))


async def _measured(settings: Settings, task: Task, cases: Gathered, asked: Options) -> tuple[Ladder, Causes | None]:
    """The ladder, and why its failures fail; None where the measurement is unfinished."""
    from processor.measure.running import session

    async with session.Session(settings, measuring.Story(), limits=measuring.limits(asked)) as made:
        ladder = await measuring.ladder_of(made, task, cases, asked, RUNGS)
        run = ladder.run
        if run.unfinished or not run.outcomes:
            return ladder, None
        return ladder, await measuring.causes_of(made, task, run)


def _verdict(
    settings: Settings,
    task: Task,
    ladder: Ladder,
    causes: Causes | None,
    traffic: Traffic | None,
    assumed: Assumptions,
) -> Verdict:
    from processor.checking import labelled
    from processor.measure.verdict import decide, evidence, history

    now = datetime.now(UTC)
    examples = sum(each.is_example for each in labelled.read(settings.project, task.name))
    found = evidence.gather(
        ladder.run,
        causes,
        task,
        at=now,
        traffic=traffic,
        history=history.of_folder(settings.project, task.name, now),
        examples=examples,
    )
    return decide.verdict(found, assumed)


def _report(path: Path, ladder: Ladder, causes: Causes | None, made: Verdict, *, texts: bool) -> None:
    from processor.measure import report

    reporting.write(path, report.Contents(ladder, causes=causes, verdict=made, texts=texts))


def _code(ladder: Ladder, causes: Causes | None, made: Verdict) -> int:
    """0 where there is an answer."""
    unfinished = ladder.run.unfinished or (causes.unfinished if causes else "")
    if unfinished:
        click.echo(f"untuned: unfinished: {unfinished}; call it again to go on", err=True)
    return int(bool(unfinished) or made.answer == "not enough data")
