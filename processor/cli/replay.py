"""`untuned replay`."""

from __future__ import annotations

import dataclasses
import functools
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import click

from processor import config
from processor.cli import replay_report, terminal
from processor.core import errors, suggest
from processor.core.records import Reason
from processor.core.replay import choice
from processor.core.views import since

if TYPE_CHECKING:
    from processor.cli.replay_report import Report
    from processor.core.replay.candidate import Source
    from processor.core.replay.choice import Choice
    from processor.replaying.topics import Topics


@click.command()
@click.argument("source", type=click.Choice(["review", "results", "retry", "tasks"]), default="review")
@click.option("--task", help="Only of this task.")
@click.option("--reason", "reasons", multiple=True, metavar="REASON", help="Only with this reason (or rule, of retry).")
@click.option("--id", "ids", multiple=True, help="Only the event with this id.")
@click.option("--since", "since_text", metavar="TIME", help="Only since then: 90s, 15m, 1h, 2d or an RFC 3339 time.")
@click.option("--until", "until_text", metavar="TIME", help="Only before then.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the oldest first.")
@click.option(
    "--cap",
    type=click.IntRange(1, 1000),
    default=choice.DEFAULT_CAP,
    show_default=True,
    help="Leave out events that were replayed so often.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; needed without a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def replay(
    source: str,
    task: str | None,
    reasons: tuple[str, ...],
    ids: tuple[str, ...],
    since_text: str | None,
    until_text: str | None,
    limit: int | None,
    cap: int,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send events through again: from review, or from a range of time of another topic.

    \b
    review   items that have no result by now: their event, or the bytes that were no event
    results  answered events, as they stand on the tasks topic, for as long as it keeps them
    retry    events whose answer was not accepted once; they begin with their first attempt
    tasks    messages as they were produced; --since is needed

    Id, key and foreign headers stay, and the header untuned-replay counts. Of an event that stands there more than
    once only the newest counts. What the workers have not done yet is left alone: they will. Nothing is removed
    from the source. See docs/replay.md.

    \b
    What would be sent:           untuned replay --dry-run
    After a better prompt:        untuned replay --task ticket-triage --reason steps_exhausted
    One event:                    untuned replay --id m-1
    All that a bad hour decided:  untuned replay results --since 2026-01-31T09:00Z --until 2026-01-31T10:00Z
    In a script:                  untuned replay --since 1d --yes --json
    """
    from processor.cli.results import reader
    from processor.replaying import choosing
    from processor.replaying.topics import Topics

    start, end = (_milliseconds(text, option) for text, option in ((since_text, "--since"), (until_text, "--until")))
    _refuse(source, reasons, start)
    settings = config.load()
    if not (dry_run or yes or terminal.is_interactive()):
        raise errors.UsageError("without a terminal nobody can be asked: --dry-run shows what --yes would send")
    wish = choice.Wish(task, frozenset(reasons), frozenset(ids), end, cap, limit)
    topics = Topics(settings, cast("Source", source), reader(settings), start)
    chosen = choosing.choose(topics, wish, functools.partial(terminal.progress, "reading"))
    report = replay_report.build(topics, chosen, wish, dry_run=dry_run)
    if not as_json:
        replay_report.show(report)
    if report.events and not dry_run:
        if not yes and not terminal.confirm(f"Send {report.events:,} events to {topics.target}?"):
            raise errors.UntunedError("nothing was sent")
        report = _send(topics, chosen, report)
    replay_report.tell(report, as_json=as_json)


def _milliseconds(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    return int(since.parse(text, datetime.now(UTC).astimezone(), option).timestamp() * 1000)


def _refuse(source: str, reasons: tuple[str, ...], start: int | None) -> None:
    if source == "tasks" and start is None:
        raise errors.UsageError("the tasks topic holds all that was ever produced: say --since")
    if reasons and source not in ("review", "retry"):
        raise errors.UsageError(f"--reason is for review and retry: {source} have none")
    known = [reason.value for reason in Reason]
    for reason in reasons:
        if source == "review" and reason not in known:
            raise errors.UsageError(f"there is no reason {reason!r}: {suggest.instead(reason, known)}")


def _send(topics: Topics, chosen: Choice, report: Report) -> Report:
    from processor.replaying import sending

    started = time.monotonic()
    with terminal.progress("sending", report.events) as move:
        sent = sending.send(topics, chosen.chosen, move)
    return dataclasses.replace(
        report,
        confirmed=sent.confirmed,
        fell_short=sent.left_out,
        seconds=round(time.monotonic() - started, 3),
        error=None if sent.failure is None else str(sent.failure),
    )
