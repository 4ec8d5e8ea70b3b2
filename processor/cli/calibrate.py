"""`untuned calibrate`."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from processor import config
from processor.cli import calibrate_report, measuring, measuring_options, measuring_progress, reporting, terminal
from processor.core import errors

if TYPE_CHECKING:
    from decimal import Decimal

    from processor.adapters.project import Project
    from processor.config import Settings
    from processor.core.task import Task
    from processor.measure.calibration.calibrate import Traced
    from processor.measure.calibration.choose import Wish
    from processor.measure.calibration.values import Costs, Found
    from processor.measure.records import Case

OPEN = {"min_open": True, "max_open": True}


@click.command()
@click.argument("task")
@click.option(
    "--max-error",
    type=click.FloatRange(0, 1, **OPEN),
    required=True,
    metavar="SHARE",
    help="At most this share of the accepted answers may be wrong, such as 0.03.",
)
@click.option("--confidence", type=click.FloatRange(0.5, 1, **OPEN), default=0.95, show_default=True, help="Of that.")
@click.option(
    "--cases",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Labelled cases, JSON lines or CSV; default: the task's cases.jsonl.",
)
@click.option("--days", type=click.FloatRange(0, min_open=True), help="Take what people decided in the last days.")
@click.option("--max-cases", type=click.IntRange(1), metavar="N", help="A random sample of at most N.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of samples, and of the split of the cases.")
@click.option(
    "--max-usd",
    type=measuring_options.Usd(),
    metavar="USD",
    help="Stop once so much is spent; needs prices in models.toml.",
)
@click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Stop once so many tokens are spent.")
@click.option("--concurrency", type=click.IntRange(1, 1024), help="Cases at a time; default: UNTUNED_CONCURRENCY.")
@click.option("--review-seconds", type=click.FloatRange(0), help="A person's for one event; default: as the verdict.")
@click.option("--usd-per-hour", type=click.FloatRange(0), help="What a person costs; default: as the verdict.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before task.toml is written; needed without a terminal.")
@reporting.file
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def calibrate(
    task: str,
    max_error: float,
    confidence: float,
    cases: Path | None,
    days: float | None,
    max_cases: int | None,
    seed: int,
    max_usd: Decimal | None,
    max_tokens: int | None,
    concurrency: int | None,
    review_seconds: float | None,
    usd_per_hour: float | None,
    dry_run: bool,
    yes: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Choose the error rate, and get the thresholds that keep it at the least cost.

    \b
    What could be promised:       untuned calibrate ticket-triage --max-error 0.03 --dry-run
    Write it into task.toml:      untuned calibrate ticket-triage --max-error 0.03
    From a file of new labels:    untuned calibrate ticket-triage --max-error 0.03 --cases labels.jsonl
    In a script:                  untuned calibrate ticket-triage --max-error 0.03 --yes --json
    The curve as a page:          untuned calibrate ticket-triage --max-error 0.03 --dry-run --report curve.html

    Every step answers every labelled case once, and all thresholds are tried on that: the agreement of retrieved
    examples, the probability that a model gave its answer. One part of the cases chooses which thresholds are tested,
    in which order; the rest tests them. What is promised then holds whatever the events are like, as long as the cases
    are a random sample of them: at most so many of the accepted answers are wrong, with this confidence.

    Writes each step's `accept` and [calibration] into task.toml, and leaves all else there as it is. Results then say
    under which calibration they were accepted. Exits 1 when nothing can be promised, and says how many more labelled
    cases would probably do. Answers are kept: a call that was ended goes on where it stopped. See docs/calibrate.md.
    """
    measuring_options.needs_extra()
    from processor.adapters import project
    from processor.measure.calibration.choose import Wish

    if not (dry_run or yes or terminal.is_interactive()):
        raise errors.UsageError("without a terminal nobody can be asked: --dry-run shows what --yes would write")
    reporting.check(report)
    settings = config.load(concurrency=concurrency)
    known = project.Project(settings.project)
    loaded = known.load(task)
    asked = measuring_options.Options(cases, days, None, 1, seed, max_usd, max_tokens, concurrency, 0.0)
    wish, costs = Wish(max_error, confidence, seed), _costs(review_seconds, usd_per_hour)
    found, traced = _found(settings, loaded, asked, (wish, costs), max_cases)
    text = _text(known, loaded, found, traced)
    if text is not None:
        found = dataclasses.replace(found, of=text[1])
    if not as_json:
        calibrate_report.show(found, traced.unfinished)
    written = text is not None and not dry_run and _write(known, loaded, text[0], yes=yes)
    calibrate_report.tell(found, written=written, as_json=as_json)
    if report is not None:
        reporting.write(report, found)
    sys.exit(0 if found.chosen is not None else 1)


def _costs(review_seconds: float | None, usd_per_hour: float | None) -> Costs:
    from processor.measure.calibration.values import Costs
    from processor.measure.verdict import assumptions

    known = assumptions.defaults()
    return Costs(
        known.value("people.seconds_per_review") if review_seconds is None else review_seconds,
        known.value("people.usd_per_hour") if usd_per_hour is None else usd_per_hour,
    )


def _found(
    settings: Settings, task: Task, asked: measuring_options.Options, wanted: tuple[Wish, Costs], most: int | None
) -> tuple[Found, Traced]:
    from processor.measure.calibration import calibrate as calibration

    gathered = measuring.gathered(settings, task, asked)
    every = gathered.cases
    cases = calibration.usable(every, asked.seed)
    if most is not None and most < len(cases):
        cases = tuple(random.Random(asked.seed).sample(cases, most))  # noqa: S311 - a draw that can be had again
    traced = asyncio.run(_traced(settings, task, cases, asked))
    if not traced.traces:
        raise errors.UntunedError(f"no case was asked to its end: {traced.unfinished}; call it again to go on")
    now, left_out = datetime.now(UTC), len(every) - len(traced.traces)
    made = calibration.found(task, traced, *wanted, at=now, left_out=left_out)
    return dataclasses.replace(made, notes=calibration.notes(gathered, asked.seed)), traced


async def _traced(settings: Settings, task: Task, cases: tuple[Case, ...], asked: measuring_options.Options) -> Traced:
    from processor.measure.calibration import calibrate as calibration
    from processor.measure.running import session

    async with session.Session(settings, measuring.Story(), limits=measuring.limits(asked)) as made:
        with measuring_progress.progress(f"calibrating {task.name}", len(cases)) as move:
            return await calibration.trace(made, task, cases, seed=asked.seed, progress=move)


def _text(known: Project, task: Task, found: Found, traced: Traced) -> tuple[str, str] | None:
    """The new text of task.toml and its digest; None where nothing is promised.

    Raises:
        UntunedError: it would not be the task that was calibrated.
    """
    if found.chosen is None:
        return None
    from processor.measure.calibration import calibrate as calibration
    from processor.measure.calibration import written

    _unchanged(known, task)
    sources = dataclasses.replace(known.sources(task.name), definition=_read(_path(known, task.name)))
    table = calibration.table(found, traced)
    text = written.text(task, sources, found.curve.knobs, found.chosen.thresholds, table)
    made = written.check(task, dataclasses.replace(sources, definition=text), known.models())
    return text, made.of


def _unchanged(known: Project, task: Task) -> None:
    """Hours may have gone by since the task was read.

    Raises:
        UntunedError: it is another one now.
    """
    if known.load(task.name).version != task.version:
        told = f"{task.name} was changed while it was calibrated: nothing is promised of what it is now"
        raise errors.UntunedError(f"{told}; call it again")


def _path(known: Project, task: str) -> Path:
    return known.root / "tasks" / task / "task.toml"


def _read(path: Path) -> str:
    """The text with its line ends as they are."""
    return path.read_bytes().decode("utf-8-sig")


def _write(known: Project, task: Task, text: str, *, yes: bool) -> bool:
    """Write, in one move: a worker never sees half of it.

    Raises:
        UntunedError: it was changed while somebody was asked.
    """
    path = _path(known, task.name)
    if not yes and not terminal.confirm(f"Write thresholds and [calibration] into tasks/{task.name}/task.toml?"):
        return False
    _unchanged(known, task)
    beside = path.with_name(".task.toml.new")
    beside.write_bytes(text.encode())
    beside.replace(path)
    return True
