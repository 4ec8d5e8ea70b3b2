"""Risk against coverage: what share runs without people, at which error rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, MaxNLocator

from processor.measure.report import numbers
from processor.measure.report.charts import canvas

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

    from processor.measure.calibration.values import Found, Point


def coverage(found: Found) -> Markup | None:
    """Each choice of thresholds as a point: those that keep the promise filled. None where nothing was accepted."""
    points = sorted((point for point in found.curve.points if point.errors.n), key=lambda each: each.coverage.count)
    if not points:
        return None
    with canvas.axes(320) as (figure, axes):
        _curve(axes, points)
        axes.axhline(found.curve.max_error, color=canvas.MARK, linewidth=1.4, linestyle=(0, (4, 3)))
        axes.annotate(
            f"target {numbers.percent(found.curve.max_error)}",
            (0.01, found.curve.max_error),
            xycoords=("axes fraction", "data"),
            xytext=(0, 5),
            textcoords="offset points",
            color=canvas.MARK,
        )
        _special(axes, found)
        most = max([found.curve.max_error, *(point.bound for point in points), found.now.errors.share or 0.0])
        axes.set_ylim(0, min(1.0, most * 1.12))
        axes.set_xlim(0, 1.02)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(numbers.tick))
        axes.set_xlabel("coverage: cases that run without people")
        axes.set_ylabel("wrong among accepted")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=4, borderpad=0, fontsize=11.5)
        return canvas.svg(figure, canvas.Told("chart-risk", "Risk against coverage", _told(found, points)))


def _curve(axes: Axes, points: list[Point]) -> None:
    covered = [point.coverage.share or 0.0 for point in points]
    axes.plot(covered, [point.bound for point in points], color=canvas.HELD, linewidth=1.6, label="upper bound")
    errors = [point.errors.share or 0.0 for point in points]
    axes.plot(covered, errors, color=canvas.GOOD, linewidth=1.6, label="measured")
    kept = [place for place, point in enumerate(points) if point.certified]
    axes.plot(
        [covered[place] for place in kept],
        [errors[place] for place in kept],
        "o",
        color=canvas.GOOD,
        markersize=4,
        linestyle="none",
    )


def _special(axes: Axes, found: Found) -> None:
    """What was chosen, and what holds today."""
    for point, marker, colour, label in (
        (found.now, "s", canvas.BAD, "now"),
        (found.chosen, "*", canvas.INK, "chosen"),
    ):
        if point is not None and point.errors.n:
            place = [point.coverage.share or 0.0], [point.errors.share or 0.0]
            axes.plot(*place, marker, color=colour, markersize=13 if marker == "*" else 8, label=label)


def _told(found: Found, points: list[Point]) -> str:
    told = (
        f"{len(points)} choices of thresholds, the error rate among accepted answers against the share of cases that "
        f"is accepted, with an upper bound; the target is {numbers.percent(found.curve.max_error)}."
    )
    if found.chosen is None:
        return f"{told} None is certified."
    return (
        f"{told} Chosen: {numbers.percent(found.chosen.errors.share)} wrong at "
        f"{numbers.percent(found.chosen.coverage.share)} coverage."
    )
