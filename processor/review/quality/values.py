"""The figures of the quality page, all frozen. A share and an estimate have their 95 % intervals with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from processor.core.records import Action
    from processor.measure.figures import Estimate, Share
    from processor.review.quality.seen import Disagreement


@dataclass(frozen=True, slots=True)
class PlaceAgreement:
    """How far two reviewers agree on one compared place, `$.queue`, of those items where both gave an answer.

    `kappa` is None where the place has no closed list of values.
    """

    path: str
    raw: Share
    kappa: Estimate | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two reviewers of one item agree, over a task's items.

    Kappa is of the first and the second opinion, whoever gave them: with many reviewers it tells how far anybody's
    decision can be repeated, and not how far two persons agree.

    Attributes:
        task: whose.
        whole: items where both say the same in all that is compared, or both reject.
        class_at: the place that holds an item's class, `$.queue`; empty where answers have none.
        raw: items where both give the same class, or both reject; without a class the same as `whole`.
        kappa: of the same; undetermined without a class.
        places: place by place, the least agreed first.
        left_out: pairs in which somebody sent the item back: that is no opinion on what is right.
    """

    task: str
    whole: Share
    class_at: str
    raw: Share
    kappa: Estimate
    places: tuple[PlaceAgreement, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds for an item, of those that were looked at one by one; `by` is empty for all reviewers together.

    Attributes:
        by: the reviewer.
        n: how many items.
        lower: the lower quartile.
        median: of the seconds.
        upper: the upper quartile.
        hours: all together.
    """

    by: str
    n: int
    lower: float
    median: float
    upper: float
    hours: float


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What came of the items against whose last answer a rule, or a check of the contract, stood.

    Attributes:
        task: whose rule.
        rule: its name.
        unchanged: how many of those that a person decided were accepted just as the model answered.
        alone: the same of those against which nothing else stood.
        median: seconds for one of its items; None where none was timed.
        hours: on all of them.
        in_vain: hours on those that were accepted unchanged.
    """

    task: str
    rule: str
    unchanged: Share
    alone: Share
    median: float | None
    hours: float
    in_vain: float

    @property
    def costs_more(self) -> bool:
        """Whether it surely sends people more that is right than that is wrong: the interval is above one half."""
        return self.unchanged.low > 1 / 2


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What audits say of the answers that no person saw.

    Attributes:
        task: whose.
        stratum: `first`: right at the first attempt; `retried`; empty for all together.
        n: audits that were decided.
        waiting: those that nobody has decided yet.
        wrong: of those, the answers that were corrected in what is compared, or rejected.
        stands_for: how many answers the audits stand for, decided or not: the sum of 1 / inclusion probability.
        accuracy: the share of right answers among all of them, weighted so (Hájek's ratio).
    """

    task: str
    stratum: str
    n: int
    waiting: int
    wrong: int
    stands_for: float
    accuracy: Estimate


@dataclass(frozen=True, slots=True)
class Day:
    """What was decided on a day, by UTC; blind checks and decisions that came second are among it."""

    day: date
    rulings: int
    actions: Mapping[Action, int]
    reviewers: int
    hours: float


@dataclass(frozen=True, slots=True)
class Quality:
    """All figures.

    Attributes:
        items: how many have a decision.
        rulings: all decisions on them, blind ones among them.
        agreement: task by task.
        disagreements: the last items that two reviewers decided differently, newest first.
        times: of all together, then by reviewer.
        rules: what costs most in vain first.
        accuracy: by audits, task by task.
        days: the oldest first.
    """

    items: int
    rulings: int
    agreement: tuple[Agreement, ...]
    disagreements: tuple[Disagreement, ...]
    times: tuple[Time, ...]
    rules: tuple[RuleCost, ...]
    accuracy: tuple[Accuracy, ...]
    days: tuple[Day, ...]
