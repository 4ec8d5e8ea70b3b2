"""What a report shows: the values that the other parts of `measure` computed, as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.measure.calibration.holding import Holding
    from processor.measure.calibration.values import Found
    from processor.measure.causes.records import Causes
    from processor.measure.figures import Ladder
    from processor.measure.ladder.versions import Against
    from processor.measure.verdict.values import Verdict


@dataclass(frozen=True, slots=True)
class Contents:
    """The sections of a report; one whose value is None is left out.

    Attributes:
        ladder: the figures, and the run behind them.
        against: the same cases with another version.
        calibration: risk against coverage, and the thresholds that were chosen.
        holding: whether the calibration that the task has still holds on these cases.
        causes: why cases fail, and what to change.
        verdict: whether to fine-tune.
        texts: whether inputs, answers and labels are shown; else a case is its id, and where it went wrong.
    """

    ladder: Ladder
    against: Against | None = None
    calibration: Found | None = None
    holding: Holding | None = None
    causes: Causes | None = None
    verdict: Verdict | None = None
    texts: bool = True
