"""What the verbs share that measure a task: their options, the cases, the run, its progress."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib.util
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import rich.console
import rich.progress

from processor.adapters import telemetry
from processor.cli import terminal
from processor.core import errors
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from processor.config import Settings
    from processor.core.task import Task
    from processor.measure.cases import Found, Gathered, Traffic
    from processor.measure.causes.records import Causes
    from processor.measure.figures import Ladder
    from processor.measure.records import Run, RungName
    from processor.measure.running.run import Progress
    from processor.measure.running.session import Session
    from processor.measure.running.spend import Limits


INSTALL = "pip install 'untuned[measure]', or in a checkout of untuned: pip install -e '.[measure]'"
"""How the extra is had, whether the package is published where one is or not."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, and for how much."""

    cases: Path | None
    days: float | None
    max_cases: int | None
    seed: int
    repeats: int = 1
    max_usd: Decimal | None = None
    max_tokens: int | None = None
    concurrency: int | None = None
    reviewer_error: float = 0.0


class _Usd(click.ParamType):
    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal(0)
        return found if found > 0 else self.fail(f"{value!r} is no amount of US dollars over 0", param, ctx)


_SOURCES = (
    click.option(
        "--cases",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Labelled cases, JSON lines or CSV; default: the task's cases.jsonl.",
    ),
    click.option("--days", type=click.FloatRange(0, min_open=True), help="Take what people decided in the last days."),
    click.option(
        "--max-cases", type=click.IntRange(1), metavar="N", help="A sample of at most N, stratified by class."
    ),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Of the sample, and of the order of the cases."
    ),
)

_OPTIONS = (
    *_SOURCES,
    click.option(
        "--repeats",
        type=click.IntRange(1, 100),
        default=1,
        show_default=True,
        help="Answers to each case, on each rung.",
    ),
    click.option(
        "--max-usd", type=_Usd(), metavar="USD", help="Stop once so much is spent; needs prices in models.toml."
    ),
    click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Stop once so many tokens are spent."),
    click.option("--concurrency", type=click.IntRange(1, 1024), help="Cases at a time; default: UNTUNED_CONCURRENCY."),
    click.option(
        "--reviewer-error",
        type=click.FloatRange(0, 1),
        default=0.0,
        show_default=True,
        help="Share of what reviewers decide that is taken to be wrong.",
    ),
)


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a measurement; the verb gets them as `asked`, an `Options`."""
    return _asking(command, _OPTIONS)


def sources(command: Callable[..., None]) -> Callable[..., None]:
    """Those that say which cases, for verbs that run nothing; `asked` has the rest as it is by default."""
    return _asking(command, _SOURCES)


def _asking(command: Callable[..., None], those: Iterable[Callable[..., Any]]) -> Callable[..., None]:
    @functools.wraps(command)
    def called(**given: Any) -> None:
        names = [each.name for each in dataclasses.fields(Options) if each.name in given]
        command(asked=Options(**{name: given.pop(name) for name in names}), **given)

    for option in reversed(tuple(those)):
        called = option(called)
    return called


def needs_extra() -> None:
    """What is measured with is installed.

    Raises:
        UsageError: it is not.
    """
    if importlib.util.find_spec("scipy") is None:
        raise errors.UsageError(f"measuring needs more packages: {INSTALL}")


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
        whys = ", ".join(f"{count} {why}" for why, count in made.sampling.excluded.items())
        raise errors.UsageError("there is no labelled case to measure" + (f": {whys}" if whys else ""))
    return made


def decided(settings: Settings, task: Task, days: float) -> tuple[Found, Traffic]:
    """What people decided in the last days, and what the task did in them.

    Raises:
        Misconfigured, Unavailable: a topic or Kafka is not there.
    """
    from processor.cli.results import reader
    from processor.measure.cases import topics

    now = datetime.now(UTC)

    def show(kind: str, total: int) -> contextlib.AbstractContextManager[Callable[[int], None]]:
        return terminal.progress(f"reading {kind}", total)

    return topics.read(settings, task, reader(settings), since=now - timedelta(days=days), now=now, show=show)


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

    with progress(label or f"measuring {task.name}", len(found.cases)) as move:
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
    with progress("finding causes", failed) as move:
        return await examine.causes(session, task, run, known, options=options, progress=move)


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[Progress], None]]:
    """A bar with what is left of the time, what was spent and what was cached; plain lines without a terminal."""
    screen = rich.console.Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        yield _plain(what)
        return
    bar = rich.progress.Progress(
        rich.progress.TextColumn("{task.description}", markup=False),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeRemainingColumn(),
        rich.progress.TextColumn("{task.fields[told]}", markup=False),
        console=screen,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total, told="")
        yield lambda now: bar.update(task, completed=now.done, total=now.total, told=told(now))


def _plain(what: str) -> Callable[[Progress], None]:
    last = time.monotonic()

    def tell(now: Progress) -> None:
        nonlocal last
        if time.monotonic() - last > terminal.PLAIN_EVERY:
            last = time.monotonic()
            click.echo(f"{what}: {now.done:,} of {now.total:,} cases, {told(now)}", err=True)

    return tell


def told(now: Progress) -> str:
    """What was spent so far, in a few words: `$0.12, 3,400 tokens, 12 cached`."""
    from processor.measure.ladder import told as texts

    usd = "price unknown" if now.usd is None else texts.usd(now.usd)
    waiting = f"; waiting: {display.short(now.waiting, 60)}" if now.waiting else ""
    return f"{usd}, {now.tokens:,} tokens, {now.cached:,} cached{waiting}"
