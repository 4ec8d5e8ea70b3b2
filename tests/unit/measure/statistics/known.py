"""Figures that have to be determined, for tests that go on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from processor.measure.figures import Estimate

Figure = TypeVar("Figure")


class Known(NamedTuple):
    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def holds(self, truth: float) -> bool:
        return self.low - 1e-12 <= truth <= self.high + 1e-12


def some(figure: Figure | None) -> Figure:
    assert figure is not None
    return figure


def known(estimate: Estimate) -> Known:
    return Known(some(estimate.value), some(estimate.low), some(estimate.high))
