"""The ladder: how often each rung fails, with its interval; and what it costs to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FuncFormatter, MaxNLocator

from processor.measure.ladder import told
from processor.measure.report import numbers, words
from processor.measure.report.charts import canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup
    from matplotlib.axes import Axes

    from processor.measure.figures import RungFigures

_ROW, _FRAME = 46, 74


def failures(rungs: Sequence[RungFigures]) -> Markup:
    """A row for each rung, the first on top: wrong and accepted, sent to people, and the interval of both together.

    Failures of which no share is known (no cases) have a row and no bar.
    """
    with canvas.axes(_FRAME + _ROW * len(rungs)) as (figure, axes):
        reach = max([0.02, *(rung.failures.high for rung in rungs if rung.failures.n)])
        for row, rung in enumerate(rungs):
            _bar(axes, row, rung)
        axes.set_yticks(range(len(rungs)), [words.RUNGS[rung.rung] for rung in rungs], color=canvas.INK)
        axes.set_ylim(len(rungs) - 0.45, -0.55)
        axes.set_xlim(0, reach * 1.04)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(numbers.tick))
        axes.grid(visible=False, axis="y")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("cases that fail")
        _figures_beside(axes, rungs)
        _baseline(axes, rungs)
        _legend(axes)
        return canvas.svg(figure, canvas.Told("chart-ladder", "Failure rate of each rung", _told(rungs)))


def _bar(axes: Axes, row: int, rung: RungFigures) -> None:
    share = rung.failures.share
    if share is None:
        return
    silent = min(share, rung.silent.count / rung.failures.n)
    axes.barh(row, silent, height=0.52, color=canvas.BAD, linewidth=0)
    axes.barh(row, share - silent, left=silent, height=0.52, color=canvas.HELD, linewidth=0)
    low, high = max(0, share - rung.failures.low), max(0, rung.failures.high - share)
    axes.errorbar(share, row, xerr=[[low], [high]], fmt="none", ecolor=canvas.INK, capsize=5, elinewidth=1.6)


def _figures_beside(axes: Axes, rungs: Sequence[RungFigures]) -> None:
    """The numbers in a column of their own: they are read there, and never lie on a bar."""
    for row, rung in enumerate(rungs):
        place: Any = {"xy": (1.02, row), "xycoords": ("axes fraction", "data"), "annotation_clip": False}
        place |= {"textcoords": "offset points", "va": "center"}
        axes.annotate(numbers.percent(rung.failures.share), xytext=(0, 7), weight="bold", **place)
        axes.annotate(numbers.interval(rung.failures), xytext=(0, -8), color=canvas.MUTED, size=11, **place)


def _baseline(axes: Axes, rungs: Sequence[RungFigures]) -> None:
    vote = next((rung.failures.share for rung in rungs if rung.rung == "vote"), None)
    if vote is not None and len(rungs) > 1:
        axes.axvline(vote, color=canvas.MARK, linewidth=1.4, linestyle=(0, (4, 3)))


def _legend(axes: Axes) -> None:
    shown = ((canvas.BAD, "wrong, accepted"), (canvas.HELD, "left to people or unsettled"))
    handles = [axes.barh(0, 0, color=colour, label=label, linewidth=0) for colour, label in shown]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, borderpad=0, fontsize=11.5)


def _told(rungs: Sequence[RungFigures]) -> str:
    shares = (f"{words.RUNGS[rung.rung]}: {told.percent(rung.failures)}" for rung in rungs)
    return f"Bars with 95 % intervals. {'; '.join(shares)}."


def cost(rungs: Sequence[RungFigures]) -> Markup | None:
    """Accuracy against what an event costs, by rung; by tokens where a price is not known. None for fewer than two.

    People are left out: what they cost is no figure of a measurement.
    """
    shown = [rung for rung in rungs if rung.failures.n and rung.rung != "people"]
    if len(shown) < 2:  # noqa: PLR2004 - a point alone compares nothing
        return None
    priced = all(rung.usd is not None for rung in shown)
    spent = [rung.usd or 0.0 if priced else sum(rung.tokens) for rung in shown]
    with canvas.axes(300) as (figure, axes):
        for rung, x in zip(shown, spent, strict=True):
            _point(axes, rung, x)
        _name_points(axes, shown, spent)
        _spread(axes, shown, spent)
        axes.xaxis.set_major_formatter(FuncFormatter(numbers.money_tick if priced else numbers.count_tick))
        axes.yaxis.set_major_formatter(FuncFormatter(numbers.tick))
        axes.set_xlabel("US dollars an event" if priced else "tokens an event (a price is not known)")
        axes.set_ylabel("cases settled right")
        return canvas.svg(figure, canvas.Told("chart-cost", "Cost against accuracy", _told_cost(shown, spent, priced)))


def _right(rung: RungFigures) -> tuple[float, float, float]:
    """The share that is settled right, and its interval."""
    share = rung.failures.share or 0.0
    return 1 - share, 1 - rung.failures.high, 1 - rung.failures.low


def _point(axes: Axes, rung: RungFigures, x: float) -> None:
    share, low, high = _right(rung)
    colour, marker = (canvas.MARK, "D") if rung.rung == "vote" else (canvas.GOOD, "o")
    reach = [[max(0, share - low)], [max(0, high - share)]]
    axes.errorbar(x, share, yerr=reach, fmt=marker, color=colour, markersize=8, capsize=4, elinewidth=1.4)


def _name_points(axes: Axes, rungs: Sequence[RungFigures], spent: Sequence[float]) -> None:
    """Each point's name beside it, to the side that has room, and under the names of those that lie where it does."""
    middle = (min(spent) + max(spent)) / 2
    near = (max(spent) - min(spent)) * 0.2
    named: list[tuple[float, float]] = []
    for rung, x in zip(rungs, spent, strict=True):
        left, y = x > middle, _right(rung)[0]
        beside = sum(abs(x - other) <= near and abs(y - right) < 0.05 for other, right in named)  # noqa: PLR2004
        named.append((x, y))
        axes.annotate(
            words.RUNGS[rung.rung],
            (x, y),
            xytext=(-9 if left else 9, -15 * beside),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
        )


def _spread(axes: Axes, rungs: Sequence[RungFigures], spent: Sequence[float]) -> None:
    lowest, highest = min(_right(rung)[1] for rung in rungs), max(_right(rung)[2] for rung in rungs)
    edge = max(0.01, (highest - lowest) * 0.06)
    axes.set_ylim(max(-0.02, lowest - edge), min(1.02, highest + edge))
    room = (max(spent) - min(spent)) * 0.12 or max(spent) * 0.5 or 1.0
    axes.set_xlim(min(spent) - room, max(spent) + room)
    axes.xaxis.set_major_locator(MaxNLocator(4))


def _told_cost(rungs: Sequence[RungFigures], spent: Sequence[float], priced: bool) -> str:
    points = (
        f"{words.RUNGS[rung.rung]}: {numbers.percent(_right(rung)[0])} right "
        f"for {told.usd(x) if priced else f'{numbers.count(x)} tokens'}"
        for rung, x in zip(rungs, spent, strict=True)
    )
    return f"Points with 95 % intervals. {'; '.join(points)}."
