"""What is known of labelled events, from their reading to the cases that are measured. All frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from processor.measure.records import Case, Exclusion, Production, Sampling


@dataclass(frozen=True, slots=True)
class Found:
    """What one source gave.

    Attributes:
        cases: labelled events, unsifted: two may be the same, and a label may break the contract.
        exclusions: what is labelled, or was meant to be, and holds no case.
        unlabelled: answers without a label; they are no exclusions, since nobody has said what is right.
        chances: by id, the chance with which a case came to be labelled by now, where that is below 1.
        production: the events of the days that were asked for; None of a file.
        population: how many events the cases stand for by their chances; None where these do not tell.
    """

    cases: tuple[Case, ...]
    exclusions: tuple[Exclusion, ...] = ()
    unlabelled: int = 0
    chances: Mapping[str, float] = field(default_factory=dict)
    production: Production | None = None
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The cases that are measured, what is left out and why, how they were drawn, and how many have no label.

    The cases are in an order that is random and the same for the same seed: the first of them are a sample of all.
    """

    cases: tuple[Case, ...]
    exclusions: tuple[Exclusion, ...]
    sampling: Sampling
    unlabelled: int = 0


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """A version of a task's definition in production: its results, and the first and the last time of one."""

    version: str
    results: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a task does in production, by its results and review items since a time.

    Attributes:
        events: different events that ended in either.
        days: days from the first of them until now, a day or what was asked for at the least; 0 without events.
        results: different events with a result, by a model or a person.
        people: different events whose result a person decided; not those of which a person corrected an audit.
        input_tokens: mean tokens an event took over all attempts: of what models answered and of review items.
        output_tokens: likewise.
        usd: mean US dollars an event took; None where none of them has a known cost.
        versions: of the definition, the one that was seen first, first.
        labels: by day (UTC), how many answers were of which class; empty where answers have no class.
    """

    events: int
    days: float
    results: int = 0
    people: int = 0
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    usd: float | None = None
    versions: tuple[VersionSeen, ...] = ()
    labels: Mapping[date, Mapping[str, int]] = field(default_factory=dict)

    @property
    def per_day(self) -> float | None:
        """Events a day; None where nothing tells."""
        return self.events / self.days if self.days else None
