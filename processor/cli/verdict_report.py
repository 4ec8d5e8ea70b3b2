"""What `untuned verdict` prints: the answer first, then why, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich.console
import rich.text

from processor.cli import terminal
from processor.core.views import display
from processor.measure.verdict import told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.measure.verdict.values import Ceiling, Flip, Verdict

FLIPS = 6
"""Assumptions that are shown: those that flip the answer first."""

STEPS = 5
"""Things to do that are shown."""

WORDS = {True: "yes", False: "no", None: "not known"}

COLUMNS: dict[str, dict[str, Any]] = {"": {"no_wrap": True}, "is it so?": {"no_wrap": True}, "why": {"ratio": 1}}


def show(found: Verdict) -> None:
    """The whole verdict, in short; all of it is in the report."""
    console = terminal.console()
    console.print(rich.text.Text(display.safe(found.sentence), style="bold"))
    console.print(
        f"task {found.task}, version {found.version}, {found.cases:,} cases, {found.at:%Y-%m-%d}",
        style="dim",
        markup=False,
    )
    if found.ceiling is not None:
        _ceiling(console, found.ceiling)
    rows = [
        *((f"{each.number} {each.name}", WORDS[each.holds], each.why) for each in found.situations),
        *((each.question, WORDS[each.passed], each.why) for each in found.gates),
    ]
    console.print()
    console.print(terminal.table(COLUMNS, [[display.safe(cell) for cell in row] for row in rows], expand=True))
    _flips(console, found.flips)
    _list(console, "next", found.next[:STEPS])
    console.print(
        f"{len(found.assumptions)} assumptions: all in --report and --json; --assume and assumptions.toml change them",
        style="dim",
        markup=False,
    )


def _ceiling(console: rich.console.Console, found: Ceiling) -> None:
    def lines(which: str, rows: Iterable[Any]) -> str:
        parts = (f"{each.name} {told.usd(each.usd)}" for each in rows if each.low or each.high)
        return f"{which}: {', '.join(parts) or 'nothing'}"

    net = found.net
    console.print(
        f"ceiling   likely net {told.usd(net.value or 0)}, at the worst {told.usd(net.low or 0)}, at the best "
        f"{told.usd(net.high or 0)}, until {found.until}; {lines('saved', found.saved)}; {lines('spent', found.spent)}",
        markup=False,
    )


def _flips(console: rich.console.Console, flips: tuple[Flip, ...]) -> None:
    turning = [flip for flip in flips if flip.at is not None][:FLIPS]
    if not turning:
        console.print("\nno single assumption flips the answer, at ten times beyond its range", markup=False)
        return
    columns: dict[str, dict[str, Any]] = {
        "would flip the answer": {},
        "now": {"justify": "right"},
        "at": {"justify": "right"},
        "to": {},
        "": {},
    }
    rows = (
        (
            flip.key,
            told.number(flip.value),
            told.number(flip.at or 0),
            flip.becomes or "",
            "within its range" if flip.plausible else "beyond its range",
        )
        for flip in turning
    )
    console.print()
    console.print(terminal.table(columns, rows))


def _list(console: rich.console.Console, title: str, lines: tuple[str, ...]) -> None:
    console.print()
    for number, line in enumerate(lines, start=1):
        console.print(rich.text.Text(f"{title} {number}  {display.safe(line)}"))
