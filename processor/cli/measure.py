"""`untuned measure`."""

from __future__ import annotations

import asyncio
import functools
import sys
from typing import TYPE_CHECKING, Any

import click

from processor import config
from processor.cli import measuring, measuring_options, reporting, terminal
from processor.core import comparing, errors
from processor.core.views import display

if TYPE_CHECKING:
    from pathlib import Path

    from processor.cli.measuring_options import Options
    from processor.config import Settings
    from processor.core.task import Task
    from processor.measure.cases import Gathered
    from processor.measure.causes.records import Causes
    from processor.measure.figures import Ladder
    from processor.measure.ladder.versions import Against
    from processor.measure.records import RungName
    from processor.measure.report import Contents

RUNGS: tuple[RungName, ...] = ("vote", "prompt", "retrieval", "rules")
"""What is run; what people add is computed from `rules`."""

KNOWLEDGE = (
    "untuned: {label} has other knowledge (tasks/{task}/knowledge, examples*.jsonl): both versions retrieve from the "
    "store as it is loaded"
)


@click.command()
@click.argument("task")
@measuring_options.options
@click.option(
    "--rungs", metavar="NAMES", help="Of vote,prompt,retrieval,rules; default: all, with --against rules alone."
)
@click.option("--against", "other", metavar="OTHER", help="A git revision, another project's folder, or model:NAME.")
@click.option(
    "--margin",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="How much worse --against lets pass, as a difference of failure rates.",
)
@click.option("--causes", "with_causes", is_flag=True, help="Replay the failures to find out why they fail.")
@click.option("--max-failures", type=click.IntRange(1), metavar="N", help="Of --causes: examine at most N failures.")
@reporting.file
@reporting.redact
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def measure(
    task: str,
    asked: Options,
    rungs: str | None,
    other: str | None,
    margin: float,
    with_causes: bool,
    max_failures: int | None,
    report: Path | None,
    redact: bool,
    as_json: bool,
) -> None:
    """Measure how often a task fails, and what each rung of the ladder is worth.

    \b
    The task on its own cases:        untuned measure ticket-triage
    A first look:                     untuned measure ticket-triage --max-cases 20
    What people decided last month:   untuned measure ticket-triage --days 30
    A limit on what it may cost:      untuned measure ticket-triage --max-usd 2
    A model that varies:              untuned measure ticket-triage --repeats 3
    Why cases fail, and a report:     untuned measure ticket-triage --causes --report ladder.html
    A report without contents:        untuned measure ticket-triage --report ladder.html --redact
    Is my change worse than main?     untuned measure ticket-triage --against main
    Would another model do?           untuned measure ticket-triage --against model:strong

    The same labelled cases go through each rung, with the worker's own pipeline: the vote of the retrieved examples
    (no model), the prompt alone, with retrieval, the task as it stands (rules, retries), and with people. Nothing is
    published. Load the knowledge first: untuned knowledge load TASK.

    Answers are kept: a measurement that is called again pays for what is new alone, and one that was ended by Ctrl-C or
    a limit goes on. Every rate has its 95 % interval, every difference is of the same cases, and n is always told.

    --against compares the task as it stands with another version of it on the same cases. Exits 1 when this one is
    worse beyond the noise (by more than --margin), or when the measurement is unfinished. The knowledge is that of the
    store as it is loaded, for both versions. See docs/measure.md.
    """
    from processor.adapters import project

    measuring_options.needs_extra()
    chosen = _rungs(rungs, other)
    reporting.check(report, redact=redact)
    if with_causes and other is not None:
        raise errors.UsageError("--causes is about one version: leave --against out")
    settings = config.load(concurrency=asked.concurrency)
    found = project.Project(settings.project).load(task)
    cases = measuring.gathered(settings, found, asked)
    causes = None
    if other is None:
        examined = (max_failures or len(cases.cases)) if with_causes else 0
        ladder, causes = asyncio.run(_ladder(settings, found, cases, asked, chosen, failures=examined))
        against = None
    else:
        against = _against(settings, found, cases, asked, chosen, other=other, margin=margin)
        ladder = against.ladders[1]
    _tell(found, ladder, against, causes, as_json=as_json)
    if report is not None:
        reporting.write(report, _contents(found, ladder, against, causes, texts=not redact))
    sys.exit(_code(ladder, against, causes))


def _rungs(text: str | None, other: str | None) -> tuple[RungName, ...]:
    """The rungs that were asked for, in the order of the ladder."""
    if text is None:
        return RUNGS if other is None else ("rules",)
    named = [each.strip() for each in text.split(",") if each.strip()]
    if unknown := [each for each in named if each not in (*RUNGS, "people")]:
        raise errors.UsageError(f"--rungs: there is no rung {unknown[0]!r}, only {', '.join(RUNGS)}")
    chosen = tuple(each for each in RUNGS if each in named or (each == "rules" and "people" in named))
    if not chosen:
        raise errors.UsageError(f"--rungs names none of {', '.join(RUNGS)}")
    return chosen


async def _ladder(
    settings: Settings, task: Task, cases: Gathered, asked: Options, rungs: tuple[RungName, ...], *, failures: int
) -> tuple[Ladder, Causes | None]:
    from processor.measure.running import session

    async with session.Session(settings, measuring.Story(), limits=measuring.limits(asked)) as made:
        ladder = await measuring.ladder_of(made, task, cases, asked, rungs)
        if not failures or ladder.run.unfinished or not set(rungs) - {"vote"}:
            return ladder, None
        return ladder, await measuring.causes_of(made, task, ladder.run, failures)


def _against(
    settings: Settings,
    task: Task,
    cases: Gathered,
    asked: Options,
    rungs: tuple[RungName, ...],
    *,
    other: str,
    margin: float,
) -> Against:
    from processor.measure import other as others
    from processor.measure.ladder import against
    from processor.measure.running import session

    async def run(settings: Settings, task: Task, label: str, *before: Any) -> Any:
        async with session.Session(settings, measuring.Story(), limits=measuring.limits(asked, *before)) as made:
            return await measuring.run_of(made, task, cases, asked, rungs, label=label)

    with others.opened(settings, task, other) as found:
        if others.knowledge_differs(settings.project, found.settings.project, task.name):
            click.echo(display.safe(KNOWLEDGE.format(label=found.label, task=task.name)), err=True)
        # The versions' caches are one file: one is closed before the other is opened.
        was = asyncio.run(run(found.settings, found.task, found.label))
        now = asyncio.run(run(settings, task, "this version", was))
    place = comparing.class_place(task.definition, task.contract)
    try:
        return against.against(was, now, margin=margin, class_place=place)
    except ValueError as error:
        raise errors.UntunedError(
            f"nothing to compare: {error} ({was.unfinished or now.unfinished or other})"
        ) from error


def _tell(task: Task, ladder: Ladder, against: Against | None, causes: Causes | None, *, as_json: bool) -> None:
    from processor.cli import held_report, measure_report
    from processor.measure.causes import document as causes_document
    from processor.measure.ladder import document

    if as_json:
        made = document.ladder(ladder) if against is None else document.against(against)
        made = {**made, **held_report.document(task, ladder.run)}
        terminal.emit(made if causes is None else {**made, "causes": causes_document.causes(causes)})
        return
    if against is None:
        measure_report.show(ladder)
    else:
        measure_report.show_against(against)
    held_report.show(task, ladder.run)
    if causes is not None:
        measure_report.show_causes(causes)


def _contents(task: Task, ladder: Ladder, against: Against | None, causes: Causes | None, *, texts: bool) -> Contents:
    from processor.measure import report
    from processor.measure.calibration import holding

    held = holding.of(task, ladder.run)
    return report.Contents(ladder, against=against, holding=held, causes=causes, texts=texts)


def _code(ladder: Ladder, against: Against | None, causes: Causes | None) -> int:
    """1 where it fell short, with a line that says why."""
    runs = [ladder.run] if against is None else [each.run for each in against.ladders]
    say = functools.partial(click.echo, err=True)
    unfinished = next((run.unfinished for run in runs if run.unfinished), causes.unfinished if causes else "")
    if unfinished:
        say(f"untuned: unfinished: {unfinished}; call it again to go on")
    if against is not None and against.worse:
        say("untuned: this version is worse, beyond the noise")
    return int(bool(unfinished) or (against is not None and against.worse))
