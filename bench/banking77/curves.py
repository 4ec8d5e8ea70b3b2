"""Coverage against accuracy: what is right among the answers that a score of theirs lets through. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core.judging import accept
from processor.measure.statistics import intervals, repeats, risk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from processor.measure.figures import Estimate, Share
    from processor.measure.records import Outcome, RungName

FIELD = "$.intent"


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer: whether it is right, and how much speaks for it (None: nothing is known)."""

    score: float | None
    right: bool


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold lets through: `covered` of all, and the right ones among those."""

    threshold: float
    covered: Share
    right: Share


def votes(outcome: Outcome) -> float | None:
    """How many of the retrieved examples have the answer's intent."""
    if outcome.offered is None:
        return None
    ours = accept.value(FIELD, outcome.offered)
    return sum(accept.value(FIELD, label) == ours for label in accept.examples(outcome.passages))


def confidence(outcome: Outcome) -> float | None:
    """The geometric mean probability of the tokens of the model's answer."""
    return outcome.attempts[-1].confidence if outcome.attempts else None


def both(outcome: Outcome) -> float | None:
    """The votes, and among as many the probability."""
    agreed, sure = votes(outcome), confidence(outcome)
    return None if agreed is None or sure is None else agreed + min(sure, 0.999)


SCORES: dict[str, tuple[RungName, Callable[[Outcome], float | None]]] = {
    "vote, by its votes": ("vote", votes),
    "model, by the neighbours that agree": ("retrieval", votes),
    "model, by its log-probability": ("retrieval", confidence),
    "model, by both (votes first)": ("retrieval", both),
}
"""By name: of which rung's answers, and the score. Fixed before any case is seen."""


def scored(outcomes: Sequence[Outcome], score: Callable[[Outcome], float | None]) -> list[Scored]:
    """Each answer with its score."""
    return [Scored(score(outcome), outcome.offered_score.right) for outcome in outcomes]


def at(answers: Sequence[Scored], threshold: float) -> Point:
    """What a threshold lets through."""
    through = [each.right for each in answers if each.score is not None and each.score >= threshold]
    return Point(threshold, intervals.share(len(through), len(answers)), intervals.share(sum(through), len(through)))


def levels(answers: Sequence[Scored]) -> list[float]:
    """The thresholds that make a difference, the strictest first; at most about forty."""
    different = sorted({each.score for each in answers if each.score is not None}, reverse=True)
    return different[:: max(1, len(different) // 40)]


def chosen(choosing: Sequence[Scored], target: float, delta: float = 0.05) -> float | None:
    """The loosest threshold whose error is at most `target` with confidence 1 - `delta`; None where none is.

    Fixed sequence testing (`risk.fixed_sequence`) from the strictest on that lets enough through to pass at all.
    """
    order = [level for level in levels(choosing) if risk.p_value(0, at(choosing, level).right.n, target) <= delta]
    ps = [risk.p_value(point.right.n - point.right.count, point.right.n, target) for point in _points(choosing, order)]
    passed = risk.fixed_sequence(ps, delta)
    return order[passed - 1] if passed else None


def loosest(choosing: Sequence[Scored], target: float) -> float | None:
    """The loosest threshold whose error on these cases is at most `target`: a hope, and no promise."""
    within = [level for level in levels(choosing) if _error(at(choosing, level)) <= target]
    return min(within, default=None)


def auroc(answers: Sequence[Scored]) -> float | None:
    """How well the score tells right from wrong: the chance that a right answer has the higher one; ties are half."""
    right = [each.score for each in answers if each.right and each.score is not None]
    wrong = [each.score for each in answers if not each.right and each.score is not None]
    if not right or not wrong:
        return None
    return sum((a > b) + (a == b) / 2 for a in right for b in wrong) / (len(right) * len(wrong))


def difference(before: Sequence[Outcome], after: Sequence[Outcome]) -> tuple[Estimate, float]:
    """Of the failure rates of two rungs on the same cases, after minus before, and McNemar's p."""
    rows = [[[not outcome.offered_score.right] for outcome in side] for side in (before, after)]
    return repeats.difference(*rows), repeats.permutation(*rows)


def _points(answers: Sequence[Scored], order: Sequence[float]) -> list[Point]:
    return [at(answers, level) for level in order]


def _error(point: Point) -> float:
    return 1.0 if point.right.share is None else 1 - point.right.share
