"""What `untuned calibrate` prints."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from processor.cli import terminal
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.measure.calibration.values import Found, Point


def show(found: Found, unfinished: str) -> None:
    """The curve, what is promised, and what it rests on."""
    say = functools.partial(terminal.console().print, soft_wrap=True, markup=False)
    right = {"justify": "right"}
    columns = {"thresholds": {"overflow": "fold"}, "accepted": right, "wrong of them": right, "at most": right}
    say(terminal.table({**columns, "an event": right, "": {}}, _rows(found)))
    say("")
    for line in _lines(found, unfinished):
        say(display.safe(line))


def tell(found: Found, *, written: bool, as_json: bool) -> None:
    """What was done."""
    from processor.measure.calibration import document

    if as_json:
        terminal.emit({**document.document(found), "written": written})
    elif written:
        click.echo(f"written: tasks/{found.task}/task.toml (calibration {found.of})")
    elif found.chosen is not None:
        click.echo("nothing was written")


def _rows(found: Found) -> Iterator[tuple[str, ...]]:
    from processor.measure.calibration import document

    def row(point: Point, shown: str, mark: str) -> tuple[str, ...]:
        from processor.measure.ladder import told

        return (
            display.safe(shown),
            told.percent(point.coverage),
            told.percent(point.errors),
            f"{100 * point.bound:.1f} %",
            told.usd(point.usd),
            mark,
        )

    for point in found.curve.points:
        mark = "chosen" if point == found.chosen else "certified" if point.certified else ""
        yield row(point, document.thresholds(point, found.curve.knobs), mark)
    yield row(found.now, f"as it is now: {document.thresholds(found.now, found.curve.knobs)}", "now")
    yield row(found.without, "without thresholds", "")


def _lines(found: Found, unfinished: str) -> Iterator[str]:
    from processor.measure.calibration import document
    from processor.measure.ladder import told

    costs = found.costs
    yield (
        f"{found.n} cases certify, {found.chosen_on} others chose the path (seed {found.seed}); {found.left_out} were "
        "left out. Intervals are 95 % (Wilson); `at most` is the bound of one look (Clopper and Pearson), at "
        f"{100 * found.curve.confidence:.3g} %."
    )
    yield (
        f"An event costs what its models cost, and {told.usd(costs.review_usd)} for people where it is not accepted "
        f"({costs.review_seconds:g} s at {costs.usd_per_hour:g} US dollars an hour: --review-seconds, --usd-per-hour)."
    )
    if costs.unpriced:
        yield f"Not counted, since their price is not in models.toml: {', '.join(costs.unpriced)}."
    if unfinished:
        yield f"Not all cases were asked: {unfinished}. Call it again to go on."
    yield from found.notes
    yield ""
    if found.chosen is None:
        yield found.why
        return
    yield document.guarantee(found)
    yield (
        f"{document.thresholds(found.chosen, found.curve.knobs)}: {told.percent(found.chosen.coverage)} of the events "
        f"run without people, at {told.usd(found.chosen.usd)} an event."
    )
