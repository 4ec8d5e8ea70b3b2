"""The live view while the workers work: redrawn on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rich.console
import rich.live
import rich.progress_bar
import rich.table
import rich.text

from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

QUIET, PATIENT = 4.0, 15.0
"""Seconds between two plain lines: while events are decided on, and while none is."""

REDRAWS = 4.0
"""How often a second a terminal is redrawn."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far the run is.

    Attributes:
        total: messages that were produced.
        settled: those that are in results or review.
        results: those with an accepted answer.
        reasons: how many went to review, by reason.
        retried: those that were on the retry topic.
        lag: the workers' group's, as the broker has it; None before it was asked.
        tokens: of all settled messages.
        seconds: since the workers were started.
        rate: settled messages a second of late; None as long as there are too few to tell.
        note: what holds the workers up; empty where nothing does.
    """

    total: int
    settled: int
    results: int
    reasons: Mapping[str, int]
    retried: int
    lag: int | None
    tokens: int
    seconds: float
    rate: float | None
    note: str = ""

    @property
    def review(self) -> int:
        """How many went to people."""
        return sum(self.reasons.values())

    @property
    def left(self) -> float | None:
        """Seconds until all are settled, at this rate."""
        return (self.total - self.settled) / self.rate if self.rate else None


@contextlib.contextmanager
def shown(console: rich.console.Console) -> Iterator[Callable[[Snapshot], None]]:
    """Something to show snapshots with for as long as the context lasts."""
    if not console.is_terminal:
        yield _Plain(console)
        return
    with rich.live.Live(console=console, refresh_per_second=REDRAWS) as live:
        yield lambda snapshot: live.update(panel(snapshot))


class _Plain:
    def __init__(self, console: rich.console.Console) -> None:
        self._console = console
        self._told: Snapshot | None = None

    def __call__(self, snapshot: Snapshot) -> None:
        last = self._told
        still = snapshot.seconds - (last.seconds if last else 0.0)
        moved = last is None or (snapshot.settled, snapshot.retried) != (last.settled, last.retried)
        at_last = snapshot.settled == snapshot.total and moved
        if at_last or still >= (QUIET if moved else PATIENT):
            self._told = snapshot
            self._console.print(rich.text.Text(line(snapshot)), soft_wrap=True)


def line(snapshot: Snapshot) -> str:
    """A snapshot as one plain line."""
    parts = [
        f"{snapshot.settled:,} of {snapshot.total:,} settled",
        f"{snapshot.results:,} results, {snapshot.review:,} review",
        f"{snapshot.retried:,} retried",
        *_pace(snapshot),
        *([snapshot.note] if snapshot.note else []),
    ]
    return f"{snapshot.seconds:6.1f} s  " + "; ".join(parts)


def panel(snapshot: Snapshot) -> rich.console.RenderableType:
    """A snapshot as a few lines with a bar."""
    bar = rich.table.Table.grid(padding=(0, 2))
    bar.add_row(
        rich.progress_bar.ProgressBar(snapshot.total, snapshot.settled, width=40),
        rich.text.Text(f"{snapshot.settled:,} of {snapshot.total:,} settled"),
        rich.text.Text(display.duration(snapshot.seconds)),
    )
    rows = rich.table.Table.grid(padding=(0, 2))
    reasons = ", ".join(f"{reason} {count}" for reason, count in snapshot.reasons.items())
    for name, number, detail in (
        ("results", snapshot.results, "accepted answers"),
        ("review", snapshot.review, reasons or "for people"),
        ("retried", snapshot.retried, "at a further step of their task"),
    ):
        rows.add_row(rich.text.Text(name), rich.text.Text(f"{number:,}", justify="right"), rich.text.Text(detail))
    pace = rich.text.Text("; ".join(_pace(snapshot)), style="dim")
    notes = [rich.text.Text(snapshot.note, style="yellow")] if snapshot.note else []
    return rich.console.Group(bar, rows, pace, *notes)


def _pace(snapshot: Snapshot) -> list[str]:
    found = []
    if snapshot.lag is not None:
        found.append(f"lag {snapshot.lag:,}")
    found.append(f"{snapshot.tokens:,} tokens" if snapshot.settled else "the workers start")
    if snapshot.rate is not None and snapshot.left is not None:
        found.append(f"{snapshot.rate:.1f} a second")
        found += [f"about {_whole(snapshot.left)} left"] if snapshot.left else []
    return found


def _whole(seconds: float) -> str:
    """An estimate deserves no fractions."""
    return f"{math.ceil(seconds)} s" if seconds < 60 else display.duration(seconds)  # noqa: PLR2004 - a minute
