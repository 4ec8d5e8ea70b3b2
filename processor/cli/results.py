"""`untuned results`."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from processor import config
from processor.cli import terminal
from processor.core import errors
from processor.core.replay import candidate
from processor.core.views import outcomes, rows, since

if TYPE_CHECKING:
    from processor.adapters.reading import Tail
    from processor.config import Settings
    from processor.core.contracts.contract import Contract
    from processor.core.records import Message
    from processor.core.views.outcomes import Outcome

Show = Callable[[Iterable["Outcome"]], None]

COLUMNS: dict[str, dict[str, object]] = {
    "id": {"min_width": 12, "max_width": 36},
    "task": {"min_width": 8, "max_width": 24},
    "decided": {"min_width": 8, "max_width": 14},
    "tries": {"justify": "right", "min_width": 5},
    "answer or reason": {"ratio": 1, "overflow": "fold"},
    "tokens": {"justify": "right", "min_width": 7},
    "cost $": {"justify": "right", "min_width": 8},
    "latency": {"justify": "right", "min_width": 9},
}


@click.command()
@click.argument("kind", type=click.Choice(["results", "retry", "review"]), default="results")
@click.option("--task", help="Only of this task.")
@click.option("--id", "event_id", help="Only of the event with this id.")
@click.option("--since", "since_text", metavar="TIME", help="Only since then: 90s, 15m, 1h, 2d or an RFC 3339 time.")
@click.option("--limit", type=click.IntRange(1), help="Only the newest.")
@click.option(
    "--open",
    "only_open",
    is_flag=True,
    help="Of review: only what still waits for people.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--full", is_flag=True, help="Cut no long values.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def results(
    kind: str,
    task: str | None,
    event_id: str | None,
    since_text: str | None,
    limit: int | None,
    only_open: bool,
    follow: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Show what became of events: results, retries or items for review.

    Reads the topic from its beginning (or --since) to its present end, joins no group and commits nothing. Of an
    outcome that was published more than once, only the last is shown.

    \b
    Results as they come:        untuned results --follow
    What went to people today:   untuned results review --since 1d
    What still waits for them:   untuned results review --open
    The story of one event:      untuned results --id m-1 --full
    For a program:               untuned results --json --since 1h | jq .answer
    """
    from processor.adapters import reading

    if only_open and (kind != "review" or follow):
        raise errors.UsageError("--open is for review, without --follow")
    settings = config.load()
    start = None if since_text is None else since.parse(since_text, datetime.now(UTC).astimezone())

    def wanted(outcome: Outcome) -> bool:
        return task in (None, outcome.task) and event_id in (None, outcome.event_id)

    read = reader(settings)
    show: Show = _show_json if as_json else _Table(full=full)
    if only_open:
        show, limit = functools.partial(_show_open, settings, read, show, limit), None
    start_ms = None if start is None else int(start.timestamp() * 1000)
    latest = outcomes.Latest(limit)
    with reading.Tail(settings, [settings.topic(kind)], start_ms) as tail, contextlib.suppress(KeyboardInterrupt):
        _read(tail, read, wanted, latest, show, follow=follow)
    if latest.repeats:
        click.echo(f"{latest.repeats:,} repeats left out", err=True)
    if not latest.count:
        click.echo(f"nothing on {settings.topic(kind)} that fits", err=True)


def reader(settings: Settings) -> outcomes.Read:
    """What decodes the records on the project's topics."""
    from processor import app
    from processor.adapters import project

    found = project.Project(settings.project)

    @functools.lru_cache
    def contract(name: str, _changed: int) -> Contract | None:
        return found.load(name).contract if name in found.names() else None

    def current(name: str) -> Contract | None:
        """Read again when its schema changes, not for each record: to load a task takes as long as to decode many."""
        schema = settings.project / f"schemas/{name}.avsc"
        return contract(name, schema.stat().st_mtime_ns) if schema.is_file() else None

    return app.create_wire(settings, current).read


def _read(
    tail: Tail,
    read: outcomes.Read,
    wanted: Callable[[Outcome], bool],
    latest: outcomes.Latest,
    show: Show,
    *,
    follow: bool,
) -> None:
    def decoded(messages: Iterable[Message]) -> Iterable[Outcome]:
        return filter(wanted, (outcomes.decode(message, read) for message in messages))

    for outcome in decoded(tail.rest()):
        latest.add(outcome)
    show(latest.outcomes())
    while follow:
        show(outcome for outcome in decoded(tail.poll()) if not latest.is_repeat(outcome))


def _show_open(
    settings: Settings, read: outcomes.Read, show: Show, limit: int | None, found: Iterable[Outcome]
) -> None:
    """Show the newest of those that nobody has decided, and whose event, audits aside, has no result by now."""
    from processor.replaying import facts

    found = list(found)
    since_ms = min((item.message.origin.timestamp_ms for item in found), default=0)
    ruled = frozenset(facts.rulings(settings, read, since_ms)) if found else frozenset()
    found = [item for item in found if not outcomes.is_decided(item, ruled)]
    items = [(item, candidate.build("review", item.message, read)) for item in found]
    asked = {about.key for _, about in items if about is not None}
    answered = facts.answered(settings, asked, since_ms) if asked else {}
    waiting = [
        item for item, about in items if about is None or about.passed or answered.get(about.key, -1) < about.replay
    ]
    show(waiting if limit is None else waiting[-limit:])


def _show_json(found: Iterable[Outcome]) -> None:
    for outcome in found:
        click.echo(outcomes.as_json(outcome))


class _Table:
    """Rows under one header, printed as they come."""

    def __init__(self, *, full: bool) -> None:
        self._full = full
        self._console = terminal.console()
        self._headed = False

    def __call__(self, found: Iterable[Outcome]) -> None:
        cells = [dataclasses.astuple(rows.row(outcome, full=self._full)) for outcome in found]
        if cells:
            self._console.print(terminal.table(COLUMNS, cells, expand=True, show_header=not self._headed))
            self._headed = True
