"""Bars with intervals: the causes of failures, and what a fine-tune could save against what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, MaxNLocator

from processor.measure.ladder import told
from processor.measure.report import numbers, words
from processor.measure.report.charts import canvas

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

    from processor.measure.causes.records import Causes
    from processor.measure.figures import Estimate
    from processor.measure.verdict.values import Ceiling

_ROW, _FRAME = 34, 56


def causes(found: Causes) -> Markup | None:
    """A bar for each cause, the most frequent first; None where no failure was examined."""
    shares = [each for each in found.shares if each.share.n]
    if not shares:
        return None
    with canvas.axes(_FRAME + _ROW * len(shares)) as (figure, axes):
        for row, each in enumerate(shares):
            share = each.share.share or 0.0
            axes.barh(row, share, height=0.56, color=canvas.GOOD, linewidth=0)
            reach = [[max(0, share - each.share.low)], [max(0, each.share.high - share)]]
            axes.errorbar(share, row, xerr=reach, fmt="none", ecolor=canvas.INK, capsize=4, elinewidth=1.4)
        _rows(axes, [words.cause(each.cause) for each in shares])
        axes.set_xlim(0, max(each.share.high for each in shares) * 1.04)
        axes.xaxis.set_major_formatter(FuncFormatter(numbers.tick))
        axes.set_xlabel("of the failures examined")
        shown = "; ".join(f"{words.cause(each.cause)}: {told.percent(each.share)}" for each in shares)
        said = canvas.Told("chart-causes", "Causes of failures", f"Bars with 95 % intervals. {shown}.")
        return canvas.svg(figure, said)


def ceiling(found: Ceiling) -> Markup | None:
    """What a perfect fine-tune saves, costs and leaves; None where any of it is undetermined."""
    sides = (
        ("it saves", found.saves, canvas.GOOD),
        ("it costs", found.costs, canvas.BAD),
        ("what is left", found.net, canvas.MARK),
    )
    if any(None in (side.value, side.low, side.high) for _, side, _ in sides):
        return None
    with canvas.axes(_FRAME + len(sides) * _ROW) as (figure, axes):
        for row, (_, side, colour) in enumerate(sides):
            _span(axes, row, side, colour)
        _rows(axes, [name for name, _, _ in sides])
        axes.axvline(0, color=canvas.INK, linewidth=1)
        axes.xaxis.set_major_formatter(FuncFormatter(numbers.money_tick))
        axes.set_xlabel(f"US dollars until {found.until.isoformat()}")
        shown = "; ".join(f"{name} {told.usd_estimate(side)}" for name, side, _ in sides)
        said = canvas.Told("chart-ceiling", "The most that a perfect fine-tune saves, and what it costs", f"{shown}.")
        return canvas.svg(figure, said)


def _span(axes: Axes, row: int, side: Estimate, colour: str) -> None:
    """From its one bound to its other, with the value marked."""
    low, value, high = side.low or 0.0, side.value or 0.0, side.high or 0.0
    axes.plot([low, high], [row, row], color=colour, linewidth=9, solid_capstyle="butt", alpha=0.45)
    axes.plot([value], [row], "o", color=colour, markersize=8)


def _rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, color=canvas.INK)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.grid(visible=False, axis="y")
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
