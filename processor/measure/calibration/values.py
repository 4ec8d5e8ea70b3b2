"""What a calibration is, as values: the points of its curve, and what became of the search. All frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from processor.measure.figures import Share

Kind = Literal["agreement", "confidence"]
"""What a threshold is of: the votes of retrieved examples, or the probability that a model gave its answer."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A step's threshold, the one number of it that is chosen. `step` counts from 1; `name` is as in attempts."""

    step: int
    name: str
    kind: Kind

    def shown(self, threshold: float) -> str:
        """A threshold of it in words: `neighbours: agreement ≥ 6`."""
        return f"{self.name}: {self.kind} ≥ {threshold:g}"


@dataclass(frozen=True, slots=True)
class Point:
    """What one choice of thresholds would do, on the cases that certify.

    Attributes:
        thresholds: one for each knob; an answer that scores at least as much is accepted.
        coverage: cases that are accepted, by any step, with Wilson's interval.
        errors: the wrong ones among those accepted, likewise.
        bound: the true error rate among accepted answers is at most this, with the calibration's confidence, if this
            point alone is looked at (Clopper and Pearson, one-sided).
        usd: US dollars an event: models over all steps, and people for what is not accepted.
        p: p-value that the true error rate is above the target.
        certified: whether the guarantee holds for it, all others that were tested considered.
    """

    thresholds: tuple[float, ...]
    coverage: Share
    errors: Share
    bound: float
    usd: float
    p: float
    certified: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk against coverage: from the safest thresholds to the most open ones, each point cheaper than the one before.

    `max_error` is the target, `knobs` say what the points' thresholds are of.
    """

    knobs: tuple[Knob, ...]
    max_error: float
    confidence: float
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """What an event costs besides models: a person's seconds for a case that goes to people, at a wage.

    `unpriced` names models whose price is not known: their part is left out, which is said.
    """

    review_seconds: float
    usd_per_hour: float
    unpriced: tuple[str, ...] = ()

    @property
    def review_usd(self) -> float:
        """US dollars for one case that goes to people."""
        return self.review_seconds * self.usd_per_hour / 3600


@dataclass(frozen=True, slots=True)
class Found:
    """A calibration as it came out.

    Attributes:
        task: its name.
        of: digest of what the guarantee is about (`core.calibration.digest`), with the thresholds that were chosen.
        at: when.
        n: cases of the part that certifies; `chosen_on` are those of the other part, `left_out` those of neither.
        chosen_on: cases that chose which thresholds are tested, in which order.
        left_out: cases of neither part: not drawn, or not asked to their end.
        seed: of the split.
        method: in words.
        curve: what was tested and what lies beyond.
        chosen: the cheapest certified point; None where none is.
        now: the thresholds that task.toml has now.
        without: no thresholds: every answer that passes contract and rules is accepted.
        more: how many more labelled cases would probably do; None where no number would, or none is missing.
        why: why nothing is certified, in words; empty where something is.
        costs: what was assumed.
        notes: sentences about the cases that limit what is promised.
    """

    task: str
    of: str
    at: datetime
    n: int
    chosen_on: int
    left_out: int
    seed: int
    method: str
    curve: Curve
    chosen: Point | None
    now: Point
    without: Point
    more: int | None
    why: str
    costs: Costs
    notes: tuple[str, ...] = ()
