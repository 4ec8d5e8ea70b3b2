"""`untuned produce`."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

import click

from processor import config
from processor.cli import terminal
from processor.core import errors, suggest
from processor.core import topics as plan

if TYPE_CHECKING:
    from processor.adapters.event_file import EventFile, Survey
    from processor.adapters.producing import Delivery
    from processor.config import Settings
    from processor.core.files.lines import Format

MEGABYTE = 1_000_000

BAD_SHOWN = 20
"""Bad lines that are told on a terminal."""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What `--json` prints.

    `events` are the good lines from `--from-line` on, `confirmed` those that Kafka has for sure, `resume_line` the
    first that it may not have; None where none is left.
    """

    task: str
    topic: str
    events: int
    bad: int
    bad_lines: list[dict[str, object]]
    dry_run: bool
    confirmed: int = 0
    resume_line: int | None = None
    seconds: float = 0.0
    error: str | None = None


@click.command()
@click.argument("task")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--format", "given", type=click.Choice(["jsonl", "csv"]), help="Default: by the file's name.")
@click.option("--key", metavar="FIELD", help="Input field that becomes the message key; default: the event's id.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Events per second at the most.")
@click.option("--from-line", "start", type=click.IntRange(1), default=1, help="Begin at this line: resume a run.")
@click.option("--skip-bad", is_flag=True, help="Leave bad lines out and send the others; exits 1.")
@click.option("--dry-run", is_flag=True, help="Check the file only; Kafka is not asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def produce(
    task: str,
    file: str,
    given: Format | None,
    key: str | None,
    rate: float | None,
    start: int,
    skip_bad: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send the events of a JSONL or CSV file (`-`: standard input) to TASK.

    The whole file is checked first; where a line is bad, nothing is sent. Bad is also an input without a field that the
    task requires (`[input]` in task.toml): a worker would refuse it. Every delivery is confirmed by Kafka.

    \b
    A JSONL line is an event or just its input:
      {"id": "m-1", "input": {"text": "Where is my parcel?"}, "created_at": "2026-01-31T12:00:00Z",
       "attributes": {"channel": "mail"}}
      {"text": "Where is my parcel?"}
    Of an event only id, task, input, created_at and attributes are sent; others, like `expected`, are left out.
    In CSV each column is a field of the input, but for id, created_at and attributes.NAME.
    Without an id, an event gets one from its contents, so that the same file sent twice is the same work.

    \b
    Send a file:              untuned produce ticket-triage events.jsonl
    Check it only:            untuned produce ticket-triage export.csv --dry-run
    From another program:     export-messages | untuned produce ticket-triage - --rate 50
    One customer, one order:  untuned produce ticket-triage events.jsonl --key customer.id
    """
    from processor.adapters import event_file, producing

    settings = config.load()
    required = _required(settings, task)
    kind = given or event_file.format_of(file)
    topic = settings.topic("tasks")
    limit = plan.EVENT_LIMIT if dry_run else producing.limit(settings, topic)
    with event_file.EventFile(file, kind, event_file.Terms(task, limit, key, required)) as events:
        survey = _survey(events, start)
        report = _report(task, topic, survey, dry_run=dry_run)
        if survey.good and not dry_run and (skip_bad or not survey.bad_count):
            report = _send(settings, report, events, rate, start)
    _tell(report, as_json=as_json, sending=skip_bad)


def _required(settings: Settings, task: str) -> tuple[str, ...]:
    """The fields that the task's inputs must have."""
    from processor.adapters import project

    found = project.Project(settings.project)
    if task not in found.names():
        raise errors.UsageError(f"the project has no task {task!r}: {suggest.instead(task, found.names())}")
    return found.definition(task).input.required


def _survey(events: EventFile, start: int) -> Survey:
    with terminal.progress("checking, MB", events.size // MEGABYTE) as move:
        return events.survey(start, lambda done: move(done // MEGABYTE))


def _report(task: str, topic: str, survey: Survey, *, dry_run: bool) -> Report:
    bad = [dataclasses.asdict(line) for line in survey.bad]
    return Report(task, topic, survey.good, survey.bad_count, bad, dry_run)


def _send(settings: Settings, report: Report, events: EventFile, rate: float | None, start: int) -> Report:
    from processor.adapters import producing

    started = time.monotonic()
    with terminal.progress("sending", report.events) as move:
        delivery: Delivery = producing.send(
            settings, report.topic, events.records(start), max_bytes=events.limit, rate=rate, progress=move
        )
    return dataclasses.replace(
        report,
        confirmed=delivery.confirmed,
        resume_line=delivery.resume_line,
        seconds=round(time.monotonic() - started, 3),
        error=None if delivery.failure is None else str(delivery.failure),
    )


def _tell(report: Report, *, as_json: bool, sending: bool) -> None:
    """Print the report; fall short where not every line is on its way."""
    if as_json:
        terminal.emit(dataclasses.asdict(report))
    else:
        _tell_bad(report)
    if report.error is not None:
        raise errors.UntunedError(
            f"{report.confirmed:,} of {report.events:,} events are confirmed; resume with --from-line "
            f"{report.resume_line} (events that are sent again keep their ids: the same work). {report.error}"
        )
    if report.bad and not sending:
        raise errors.UntunedError(
            f"{report.bad:,} bad lines, {report.events:,} good ones: nothing was sent (--skip-bad sends the good ones)"
        )
    if not report.events:
        raise errors.UntunedError("no event in it: nothing was sent")
    if not as_json:
        done = "would be sent" if report.dry_run else f"sent and confirmed in {report.seconds:.1f} s"
        click.echo(f"{report.events:,} events {done}: {report.topic}")
    if report.bad:
        raise errors.UntunedError(f"{report.bad:,} bad lines were left out")


def _tell_bad(report: Report) -> None:
    for line in report.bad_lines[:BAD_SHOWN]:
        click.echo(f"line {line['line']}: {line['reason']}", err=True)
    if report.bad > BAD_SHOWN:
        click.echo(f"… and {report.bad - BAD_SHOWN:,} more bad lines", err=True)
