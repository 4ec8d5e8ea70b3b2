"""Traces and thresholds: what is simulated at once is what a walk through the trace does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processor.measure.calibration import cascade
from processor.measure.calibration.cascade import ALWAYS, NEVER, NO_THRESHOLD, Taken, Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

SCORES = st.sampled_from([NEVER, 0.0, 0.5, 1.0, 2.0, ALWAYS])


def taken(step: int = 1) -> st.SearchStrategy[Taken]:
    after = st.none() if step == 3 else st.none() | st.deferred(lambda: taken(step + 1))
    return st.builds(
        Taken, st.just(step), SCORES, st.booleans(), st.booleans(), st.sampled_from([0.0, 1.0]), after, after
    )


def walked(first: Taken, thresholds: dict[int, float]) -> tuple[bool, bool, float]:
    """Accepted, wrong, dollars: a step at a time."""
    at: Taken | None = first
    usd = 0.0
    while at is not None:
        usd += at.usd
        enough = at.step not in thresholds or at.score >= thresholds[at.step]
        if enough and at.accepted:
            return True, not at.right, usd
        at = at.enough if enough else at.short
    return False, False, usd


@given(st.lists(taken(), min_size=1, max_size=6), st.sampled_from([(1,), (2,), (1, 3), (1, 2, 3), ()]), st.data())
def test_a_simulation_is_the_walk_of_every_case(firsts: list[Taken], steps: Sequence[int], data: st.DataObject):
    values = st.sampled_from([NO_THRESHOLD, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0])
    rows = data.draw(st.lists(st.tuples(*[values] * len(steps)), min_size=1, max_size=4))
    traces = [Trace(str(number), first) for number, first in enumerate(firsts)]
    boxes = cascade.boxes(traces, steps)

    found = cascade.simulate(boxes, np.array(rows, float).reshape(len(rows), len(steps)))

    for place, row in enumerate(rows):
        ends = [walked(first, dict(zip(steps, row, strict=True))) for first in firsts]
        assert (found.accepted[place], found.wrong[place], found.usd[place]) == tuple(
            sum(float(end[part]) for end in ends) for part in range(3)
        )


def test_many_thresholds_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch):
    boxes = cascade.boxes([Trace("a", Taken(1, 3.0, accepted=True))], [1])
    rows = np.arange(7.0)[:, None]
    monkeypatch.setattr(cascade, "AT_ONCE", 2)
    assert cascade.simulate(boxes, rows).accepted.tolist() == [1, 1, 1, 1, 0, 0, 0]
