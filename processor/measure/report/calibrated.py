"""A calibration alone, without a ladder: the promise, the risk-coverage curve, the thresholds. It holds no contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.calibration import document
from processor.measure.ladder import told
from processor.measure.report import markdown as texts
from processor.measure.report import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.measure.calibration.values import Found, Point


def html(found: Found) -> str:
    """The page. The same calibration gives the same text.

    Raises:
        ImportError: matplotlib, of the extra `measure`, is not installed.
    """
    from processor.measure.report.charts import risk

    shown = {"calibration": found, "charts": {"risk": risk.coverage(found)}, "guarantee": document.guarantee(found)}
    return page.page(f"The error rate of {found.task}, chosen", "calibrated.html.j2", shown)


def markdown(found: Found) -> str:
    """The same in short."""
    return "\n".join(_blocks(found)).strip() + "\n"


def _blocks(found: Found) -> Iterator[str]:
    yield f"## {texts.escaped(found.task)}: the error rate that was chosen"
    yield texts.calibrated(found)
    if guarantee := document.guarantee(found):
        yield f"{texts.escaped(guarantee, 1000)}\n"
    head = ("thresholds", "coverage", "wrong among accepted", "upper bound", "US dollars an event", "")
    named = [
        (point, "chosen" if point == found.chosen else "certified" if point.certified else "")
        for point in found.curve.points
    ]
    named += [(found.now, "now"), (found.without, "without thresholds")]
    yield from texts.table(head, (_row(found, point, mark) for point, mark in named))
    yield f"{texts.escaped(found.method, 1000)}; seed {found.seed}, {found.left_out} cases left out."
    yield from (f"\n{texts.escaped(note, 1000)}" for note in found.notes)


def _row(found: Found, point: Point, mark: str) -> list[str]:
    cells = (
        document.thresholds(point, found.curve.knobs),
        told.percent(point.coverage),
        told.percent(point.errors),
        f"{100 * point.bound:.1f} %",
        told.usd(point.usd),
        mark,
    )
    return [texts.escaped(cell) for cell in cells]
