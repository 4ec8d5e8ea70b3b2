"""What `untuned measure` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import rich.console
import rich.text

from processor.cli import terminal
from processor.core.views import display
from processor.measure.ladder import told, words
from processor.measure.records import LADDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.measure.causes.records import Causes
    from processor.measure.figures import Estimate, Ladder, RungFigures, Share, Step
    from processor.measure.ladder.versions import Against, Flip

ROWS = 12
"""Of a table by field or by class, the rows that are shown: those that fail most."""

FLIPS = 20
"""Cases that are shown side by side."""

CUT = 60
"""Characters of an id or an answer that are shown."""

RIGHT: dict[str, str] = {"justify": "right"}


def show(ladder: Ladder) -> None:
    """All figures of one run: tables, then what they mean."""
    console = terminal.console()
    _title(console, ladder)
    if ladder.rungs:
        console.print(_rungs(ladder))
    _steps(console, ladder.steps)
    top = next((found for name in reversed(LADDER[:-1]) if (found := ladder.rung(name))), None)
    if top is not None:
        _parts(console, f"wrong by field, of what {top.rung} accepts", "field", top.fields)
        _parts(console, f"failures of {top.rung} by class ({ladder.class_place})", "class", top.classes)
        _escalated(console, top)
    _lines(console, words.of(ladder))
    _lines(console, (ladder.correction, *ladder.notes), style="dim")


def show_against(found: Against) -> None:
    """Two versions: their figures, what flipped, and the decision."""
    console = terminal.console()
    _title(console, found.ladders[1])
    sides = [(found.before, "other"), (found.after, "this")]
    columns: dict[str, dict[str, Any]] = {"": {}, "version": {}, "models": {}}
    columns |= dict.fromkeys(("failures", "silent errors", "usd an event"), RIGHT)
    rows = (
        (
            which,
            display.short(f"{side.label}, {side.version}", CUT),
            display.short(", ".join(side.models) or "-", CUT),
            f"{told.counted(side.failures)}, {told.percent(side.failures)}",
            told.percent(side.silent),
            told.usd(side.usd),
        )
        for side, which in sides
    )
    console.print(terminal.table(columns, rows))
    if found.flips:
        console.print()
        titles: dict[str, dict[str, Any]] = {
            "case": {},
            "": {},
            found.before.label or "other": {},
            found.after.label or "this": {},
            "expected": {},
        }
        console.print(terminal.table(titles, map(_flip, found.flips[:FLIPS])))
        if len(found.flips) > FLIPS:
            console.print(f"and {len(found.flips) - FLIPS} more: --json or --report has them all")
    _lines(console, found.words)
    notes = dict.fromkeys((*found.ladders[0].notes, *found.ladders[1].notes))
    _lines(console, notes, style="dim")


def show_causes(found: Causes) -> None:
    """Why cases fail, and what to change next."""
    console = terminal.console()
    console.print()
    columns: dict[str, dict[str, Any]] = {"cause": {}, "share": RIGHT, "cases": {}}
    rows = ((each.cause, told.percent(each.share), _ids(each.cases)) for each in found.shares)
    if found.shares:
        console.print(terminal.table(columns, rows))
    lines = [f"{found.failed:,} of {told.cases(found.cases)} fail on {found.rung}, {found.examined:,} were examined."]
    lines += [
        f"Next: {each.place.what} ({each.place.file}): {each.cause}, {_ids(each.cases)}; {_removes(each.removes)}"
        for each in found.changes
    ]
    _lines(console, [*lines, found.unfinished] if found.unfinished else lines)
    _lines(console, [found.method], style="dim")


def _removes(found: Estimate) -> str:
    """How many failures a change is expected to take away."""
    if found.value is None or found.low is None or found.high is None:
        return f"what it removes is not known: {found.why}"
    return f"removes {found.value:.1f} failures [{found.low:.1f}, {found.high:.1f}]"


def _title(console: rich.console.Console, ladder: Ladder) -> None:
    run = ladder.run
    spent = f"{told.usd(run.spent_usd)} and {run.spent_tokens:,} tokens spent"
    cached = sum(outcome.cached for outcome in run.outcomes)
    models = ", ".join(run.models) or "no model"
    text = (
        f"{run.task} {run.version}: {models}; {display.duration(run.seconds)}, {spent}, {cached:,} answers from cache"
    )
    console.print(rich.text.Text(display.safe(text)), soft_wrap=True)
    console.print()


def _rungs(ladder: Ladder) -> Any:
    columns: dict[str, dict[str, Any]] = {"rung": {}, "failures": RIGHT, "% [95 %]": RIGHT, "silent errors": RIGHT}
    columns |= dict.fromkeys(("settled", "usd an event", "tokens", "p50", "p95", "retries"), RIGHT)
    return terminal.table(columns, (_rung(found) for found in ladder.rungs))


def _rung(found: RungFigures) -> tuple[str, ...]:
    computed = found.rung == "people"
    return (
        found.rung,
        told.counted(found.failures),
        told.percent(found.failures),
        told.percent(found.silent),
        _short_percent(found.coverage),
        "" if computed else told.usd(found.usd),
        "" if computed else f"{found.tokens[0]:,.0f} + {found.tokens[1]:,.0f}",
        "" if computed else _seconds(found.latency.p50),
        "" if computed else _seconds(found.latency.p95),
        "" if computed else f"{found.retries:.2f}",
    )


def _steps(console: rich.console.Console, steps: Iterable[Step]) -> None:
    columns: dict[str, dict[str, Any]] = {"step": {}, "failures, points [95 %]": RIGHT}
    columns |= dict.fromkeys(("fixed", "broken", "p", "corrected", "usd a failure less"), RIGHT)
    rows = [
        (
            f"{each.before} → {each.after}",
            told.points(each.difference),
            f"{len(each.fixed)}",
            f"{len(each.broken)}",
            told.p(each.p).removeprefix("p = ").removeprefix("p "),
            told.p(each.p_adjusted).removeprefix("p = ").removeprefix("p "),
            told.usd_estimate(each.usd_per_fix),
        )
        for each in steps
    ]
    if rows:
        console.print()
        console.print(terminal.table(columns, rows))


def _parts(console: rich.console.Console, title: str, name: str, parts: Mapping[str, Share]) -> None:
    """The parts that fail most; those without a failure are counted."""
    failing = sorted((item for item in parts.items() if item[1].count), key=lambda item: -(item[1].share or 0))
    if not failing:
        return
    console.print()
    rows = ((display.short(part, CUT), told.counted(each), told.percent(each)) for part, each in failing[:ROWS])
    console.print(terminal.table({name: {}, title: RIGHT, "% [95 %]": RIGHT}, rows))
    left = len(failing) - ROWS
    if left > 0 or len(parts) > len(failing):
        rest = [
            f"{left} more" * (left > 0),
            f"{len(parts) - len(failing)} without a failure" * (len(parts) > len(failing)),
        ]
        console.print("and " + ", ".join(filter(None, rest)))


def _escalated(console: rich.console.Console, found: RungFigures) -> None:
    if found.escalated:
        console.print()
        told_ = ", ".join(f"{count} {reason}" for reason, count in found.escalated.items())
        console.print(f"to people from {found.rung}: {told_}")


def _lines(console: rich.console.Console, lines: Iterable[str], style: str = "") -> None:
    console.print()
    for line in lines:
        console.print(rich.text.Text(display.safe(line), style=style), soft_wrap=not console.is_terminal)


def _flip(flip: Flip) -> tuple[str, ...]:
    return (
        display.short(flip.case, CUT),
        flip.became,
        _answer(flip, flip.before, flip.why_before),
        _answer(flip, flip.after, flip.why_after),
        display.short(json.dumps(_differing(flip, flip.expected), ensure_ascii=False), CUT),
    )


def _answer(flip: Flip, answer: Mapping[str, Any] | None, why: str) -> str:
    if answer is None:
        return f"to people: {why}"
    return display.short(json.dumps(_differing(flip, answer), ensure_ascii=False), CUT)


def _differing(flip: Flip, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The labelled fields of an answer, without those in which both versions and the label are the same."""
    both = [each for each in (flip.before, flip.after) if each is not None]
    differing = [name for name, value in flip.expected.items() if any(each.get(name) != value for each in both)]
    return {name: answer.get(name) for name in differing or flip.expected}


def _ids(cases: tuple[str, ...]) -> str:
    shown = ", ".join(display.short(each, 24) for each in cases[:5])
    return shown + (f", … ({len(cases)})" if len(cases) > 5 else "")  # noqa: PLR2004 - a line holds as many


def _short_percent(share: Share) -> str:
    return "-" if share.share is None else f"{100 * share.share:.1f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else display.duration(value)
