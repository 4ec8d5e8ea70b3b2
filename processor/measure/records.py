"""What is measured: labelled cases, and what became of each on each rung. All frozen, made once and never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from processor.core.records import Attempt, Event, Passage, Reason, Usage, Violation

RungName = Literal["vote", "prompt", "retrieval", "rules", "people"]
"""The rungs of the ladder, each with all that those before it have.

`vote` stands beside them as the baseline: what the retrieved labelled examples agree on, no model asked. `prompt` is
the first model step alone: no retrieval, no narrowing, no rules. `retrieval` adds what is retrieved, and the contract
narrowed by it. `rules` is the task as it stands: all steps, rules, thresholds, retries. `people` adds what reviewers
make of the cases that `rules` sent to them.
"""

LADDER: tuple[RungName, ...] = ("prompt", "retrieval", "rules", "people")
"""The rungs that are compared each with the one before."""


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled event.

    Attributes:
        event: as a worker would get it; its id is unique among the cases.
        expected: the right answer, or the part of it that is labelled; fields that are missing are not compared.
        source: where it comes from, for people: `tasks/x/cases.jsonl:7` or `untuned.decisions/0/12`.
        labelled_by: who labelled it; empty where that is not known.
        labels_by: by the name of who labelled it, the label that each gave, where it is known.
        agreed: whether all that labelled it gave the same answer; None where fewer than two did.
        inclusion: the probability with which it came to be labelled, over 0 up to 1; None where it was not sampled.
        gold: ids or sources of the passages that hold what the answer needs, where the label names them.
        group: what it has in common with other cases that are not independent of it (a customer, a thread); else empty.
        first_answer: what the ladder had answered in production, where the case comes from there.
    """

    event: Event
    expected: Mapping[str, Any]
    source: str
    labelled_by: tuple[str, ...] = ()
    labels_by: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agreed: bool | None = None
    inclusion: float | None = None
    gold: tuple[str, ...] = ()
    group: str = ""
    first_answer: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """The event's id."""
        return self.event.id

    @property
    def chance(self) -> float:
        """The chance with which it came to be labelled; without any it was sure to be."""
        return 1.0 if self.inclusion is None else self.inclusion


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A labelled event that is not measured, and why, in one of a few words that can be counted (`duplicate`, …)."""

    id: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Production:
    """The events of the days that cases were taken from, by how they came to be labelled.

    Attributes:
        events: that ended in a result or with people.
        people: of them, those that went to people; `decided` of these are decided.
        decided: what went to people and is decided by now.
        audits: results that were drawn to be looked at; `audited` of these are decided.
        audited: audits that are decided by now.
        reached: how many results the audits stand for by their chances, which is all but for chance where `whole`.
        whole: whether all results had a chance to be audited, as far as their number tells.
        missed: about how many events nothing decided stands for: what went to people, or audits of one kind, of which
            not one is decided.
    """

    events: int
    people: int = 0
    decided: int = 0
    audits: int = 0
    audited: int = 0
    reached: float = 0.0
    whole: bool = False
    missed: float = 0.0

    @property
    def results(self) -> int:
        """Events that a model's answer was accepted for."""
        return self.events - self.people

    @property
    def unseen(self) -> bool:
        """Whether nobody looked at what was accepted: what is decided says nothing of it."""
        return self.results > 0 and not self.audited


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the cases were drawn.

    `found` labelled events, of which `excluded` cannot be measured and `kept` are. `seed` makes the draw the same
    again; `strata` has how many were kept of how many, by stratum; it is empty where all were kept. `population` is how
    many events all kept ones together stand for; None where their probabilities say nothing of how many. `production`
    is what became of the events of the days that cases were taken from; None where none were.
    """

    found: int
    kept: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    strata: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    population: int | None = None
    production: Production | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """An answer held against the label. `fields` has, by labelled place, whether it is right."""

    fields: Mapping[str, bool]

    @property
    def right(self) -> bool:
        """Whether every labelled place is right."""
        return all(self.fields.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case on a rung, in one of its repeats.

    Attributes:
        case: the case's id.
        rung: which rung.
        repeat: counted from 0.
        answer: the accepted answer; None where none was accepted.
        offered: the last answer that could be parsed, accepted or not.
        score: of the accepted answer; of none, every labelled place is wrong.
        offered_score: of `offered`, likewise.
        reason: why the case went to people; None where an answer was accepted.
        violations: what stood against the last answer.
        attempts: all of them, the last one last, with their tokens, cost and confidence.
        passages: what the last answer was made from.
        cut: ids of what was found but did not fit.
        usage: tokens over all attempts.
        cost: US dollars over all attempts; None where a price is not known.
        seconds: from the first stage to the decision, waiting for our own limits left out.
        cached: how many of its model calls were answered from the cache.
    """

    case: str
    rung: RungName
    repeat: int
    answer: Mapping[str, Any] | None
    offered: Mapping[str, Any] | None
    score: Score
    offered_score: Score
    reason: Reason | None
    violations: tuple[Violation, ...]
    attempts: tuple[Attempt, ...]
    passages: tuple[Passage, ...]
    cut: tuple[str, ...]
    usage: Usage
    cost: float | None
    seconds: float
    cached: int = 0

    @property
    def accepted(self) -> bool:
        """Whether an answer was accepted, right or wrong."""
        return self.answer is not None

    @property
    def failed(self) -> bool:
        """Whether the case was not settled right on this rung: a wrong answer was accepted, or none was."""
        return not (self.accepted and self.score.right)

    @property
    def silent(self) -> bool:
        """Whether a wrong answer was accepted: nobody would have noticed."""
        return self.accepted and not self.score.right


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement of a task, raw: every case on every rung. What is computed from it is in `figures`.

    `unfinished` is empty, or says why the run ended before all cases were done (a budget that is spent, Ctrl-C); the
    outcomes are then of the cases that were done on all rungs, which are a random sample of all.
    """

    task: str
    version: str
    models: tuple[str, ...]
    cases: tuple[Case, ...]
    outcomes: tuple[Outcome, ...]
    sampling: Sampling
    exclusions: tuple[Exclusion, ...]
    repeats: int
    started_at: datetime
    seconds: float
    spent_usd: float | None
    spent_tokens: int
    unfinished: str = ""
    label: str = ""

    def on(self, rung: RungName) -> tuple[Outcome, ...]:
        """The outcomes of one rung, in the order of the cases and their repeats."""
        return tuple(outcome for outcome in self.outcomes if outcome.rung == rung)
