"""Shows the steps of `up`: a live line for each server on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TextIO

import rich.console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from processor.local import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.local.progress import Report, Step

QUIET = 10.0
"""Seconds after which a plain line tells that a long step goes on."""


@contextlib.contextmanager
def shown(stream: TextIO) -> Iterator[Report]:
    """Something to report to for as long as the context lasts."""
    if not stream.isatty():
        yield Plain(stream)
        return
    columns = (
        SpinnerColumn(finished_text="•"),
        TextColumn("{task.fields[server]:<10}", markup=False),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=rich.console.Console(file=stream)) as bars:
        yield Live(bars)


class Plain:
    """A line for each new step, and now and then one for a step that takes long."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last: dict[str, Step] = {}
        self._turn = threading.Lock()

    def __call__(self, step: Step) -> None:
        """Show a step."""
        with self._turn:
            last = self._last.get(step.server)
            if last and last.what == step.what and step.seconds - last.seconds < QUIET:
                return
            self._last[step.server] = step
            amount = progress.amount(step)
            self._stream.write(f"{step.seconds:6.1f} s  {step.server}: {step.what}{f' ({amount})' if amount else ''}\n")
            self._stream.flush()


class Live:
    """A bar for each server; pulsing where nobody knows how much there is to do."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._turn = threading.Lock()

    def __call__(self, step: Step) -> None:
        """Show a step."""
        with self._turn:
            if step.server not in self._tasks:
                self._tasks[step.server] = self._bars.add_task(step.what, total=None, server=step.server, amount="")
            done, total = (step.done or 0, step.total) if step.state == "working" else (1, 1)
            self._bars.update(
                self._tasks[step.server],
                description=step.what,
                completed=min(done, total or done),
                total=total,
                amount=progress.amount(step),
            )
