"""What the verbs print with: tables, progress, JSON. Cells are texts, never markup."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import click
import rich.console
import rich.progress
import rich.table
import rich.text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PIPED_WIDTH = 160
"""Columns of a table that goes into a pipe or a file."""

PLAIN_EVERY = 5.0
"""Seconds between two lines of progress without a terminal."""


def console() -> rich.console.Console:
    """Standard output."""
    found = rich.console.Console(highlight=False, emoji=False)
    if not found.is_terminal:
        found.width = max(found.width, PIPED_WIDTH)
    return found


def table(columns: Mapping[str, Mapping[str, Any]], rows: Iterable[Iterable[str]], **more: Any) -> rich.table.Table:
    """A table of texts. `columns` has the options of each column by its title; `more` are options of the table."""
    made = rich.table.Table(box=None, pad_edge=False, header_style="bold", **more)
    for title, options in columns.items():
        made.add_column(title, **options)
    for row in rows:
        made.add_row(*(rich.text.Text(cell) for cell in row))
    return made


def is_interactive() -> bool:
    """Whether there is somebody to be asked."""
    return sys.stdin.isatty()


def confirm(question: str) -> bool:
    """Ask on standard error; anything but yes is no."""
    return click.confirm(question, err=True)


def emit(value: Any) -> None:
    """One line of JSON on standard output, at once."""
    click.echo(json.dumps(value))


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, moved by calling with what is done; plain lines without a terminal."""
    screen = rich.console.Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        yield _plain_lines(what, total)
        return
    bar = rich.progress.Progress(
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TextColumn("{task.fields[rate]}"),
        rich.progress.TimeRemainingColumn(),
        console=screen,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total, rate="")
        started = time.monotonic()

        def move(done: int) -> None:
            rate = done / max(time.monotonic() - started, 0.001)
            bar.update(task, completed=done, rate=f"{rate:,.0f}/s")

        yield move


def _plain_lines(what: str, total: int) -> Callable[[int], None]:
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told > PLAIN_EVERY:
            told = time.monotonic()
            click.echo(f"{what}: {done:,} of {total:,}", err=True)

    return tell
