"""How far a measurement is, on standard error."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import click
import rich.console
import rich.progress

from processor.cli import terminal
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.measure.running.run import Progress


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
