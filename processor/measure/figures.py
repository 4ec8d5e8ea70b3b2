"""The figures of a measurement, as values: what `ladder` computes, and what verdict, report and verbs show.

Every share is given with its count and its two-sided interval; a figure that the data do not settle is None, and
never a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.measure.records import Run, RungName


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n`, with the 95 % interval of the share; (0, 1) and a share of None where n is 0.

    Where the cases count for unlike numbers of events, `weighted` is the share of the events, else None.
    """

    count: int
    n: int
    low: float
    high: float
    weighted: float | None = None

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        if self.weighted is not None:
            return self.weighted
        return self.count / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; `value` is None where it is undetermined, and `why` says so in words."""

    value: float | None
    low: float | None
    high: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of seconds from the first stage to the decision; None where nothing was timed."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Repeats:
    """How much a model varies: over repeats of the same cases.

    `agreement` is the mean share of pairs of repeats with the same outcome, `within` the mean variance within a case,
    `standard_error` of the failure rate, clustered by case.
    """

    repeats: int
    agreement: float
    within: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class RungFigures:
    """One rung.

    Attributes:
        rung: which.
        failures: cases that were not settled right.
        silent: of those accepted, the wrong ones.
        coverage: cases that were settled without people.
        fields: by labelled place, the failures at that place among accepted answers.
        classes: by expected class (where the answer has one), the failures.
        usd: US dollars an event, mean; None where a price is not known.
        tokens: an event, mean, input and output.
        latency: of an event.
        retries: mean attempts beyond the first, an event.
        escalated: cases that went to people, by reason.
        repeats: how much the model varies; None for a single run.
    """

    rung: RungName
    failures: Share
    silent: Share
    coverage: Share
    fields: Mapping[str, Share]
    classes: Mapping[str, Share]
    usd: float | None
    tokens: tuple[float, float]
    latency: Latency
    retries: float
    escalated: Mapping[str, int] = field(default_factory=dict)
    repeats: Repeats | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What lies between two rungs (or two versions) on the same cases.

    Attributes:
        before: name of the first.
        after: name of the second.
        difference: of the failure rates, after minus before: negative is better; paired interval.
        fixed: ids of the cases that failed before and do not after.
        broken: ids of those that fail after and did not before.
        p: McNemar's exact test, two-sided.
        p_adjusted: the same, corrected for all comparisons that are shown together.
        usd_per_fix: US dollars more for each failure less; undetermined where the difference may be none.
    """

    before: str
    after: str
    difference: Estimate
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    p: float
    p_adjusted: float
    usd_per_fix: Estimate


@dataclass(frozen=True, slots=True)
class Plan:
    """How many cases would settle a difference of `difference` with 80 % power at 5 %; None where none would."""

    difference: float
    discordant: float
    cases: int | None


@dataclass(frozen=True, slots=True)
class Weighted:
    """A rung's rates where the cases came to be labelled with different probabilities: of the events, not of the cases.

    Attributes:
        rung: which.
        failures: of all events, those that are not settled right (Hájek's estimate).
        silent: of what is accepted, the wrong ones, likewise.
        unknown: cases without a known probability, which are taken to have been sure to be labelled.
        population: how many events the cases stand for; None where that is not known.
        of_all: failures by Horvitz and Thompson's estimate; undetermined without a population.
    """

    rung: RungName
    failures: Estimate
    silent: Estimate
    unknown: int
    population: int | None
    of_all: Estimate


@dataclass(frozen=True, slots=True)
class Ladder:
    """All figures of one run.

    `steps` compares each rung with the one before, and each with the vote where there is one. `correction`
    says in words how the p-values were corrected. `reviewer_error` is the share of what reviewers decide that is taken
    to be wrong on the rung `people`. `class_place` names the place of the answer that `classes` go by; empty without.
    `weighted` stands beside the figures where cases came to be labelled with different probabilities; else None.
    `notes` are sentences that belong to the figures wherever they are shown: sampling, exclusions, what is assumed.
    """

    run: Run
    rungs: tuple[RungFigures, ...]
    steps: tuple[Step, ...]
    plan: tuple[Plan, ...]
    correction: str
    reviewer_error: float = 0.0
    class_place: str = ""
    notes: tuple[str, ...] = ()
    weighted: Weighted | None = None

    def rung(self, name: RungName) -> RungFigures | None:
        """One rung's figures; None where it was not measured."""
        return next((found for found in self.rungs if found.rung == name), None)
