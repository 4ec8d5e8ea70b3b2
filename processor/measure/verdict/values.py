"""What a verdict says, as values: the answer, and everything that it rests on. Report and verbs show all of it.

Money is in US dollars, time in days, shares from 0 to 1. What the data do not settle is None, and never a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

    from processor.measure.figures import Estimate

Answer = Literal["no", "not enough data", "worth a trial"]
"""Do not fine-tune; label more first; a fine-tune may pay: try it on the cases that are named."""

Unit = Literal["", "USD", "share", "days", "events", "events a day", "cases", "tokens", "a year"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that the verdict is calculated with and that no data of the task give.

    Attributes:
        key: its name in assumptions.toml, with its table: `training.usd_per_million_tokens`.
        value: what is calculated with.
        low: the least that it may plausibly be; `value` where no range is given.
        high: the most, likewise.
        meaning: what it is, with its unit, in one sentence.
        source: where the number comes from.
        date: when it was looked up, as YYYY-MM-DD.
        origin: who says so: `default`, the file and line that override it, or `--assume`.
    """

    key: str
    value: float
    low: float
    high: float
    meaning: str
    source: str
    date: str
    origin: str = "default"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number behind a statement, with its interval where it has one; `told` says how it came about, in words."""

    name: str
    estimate: Estimate
    unit: Unit
    told: str


@dataclass(frozen=True, slots=True)
class Situation:
    """One of the three situations in which fine-tuning can pay.

    Attributes:
        number: 1 rule adherence as rules grow, 2 high volume of a stable narrow task, 3 tacit knowledge.
        name: in a few words.
        holds: whether the data show it; None where they do not settle it.
        why: one sentence with the numbers.
        figures: the numbers behind it.
        cases: ids of the cases behind it.
    """

    number: Literal[1, 2, 3]
    name: str
    holds: bool | None
    why: str
    figures: tuple[Figure, ...] = ()
    cases: tuple[str, ...] = ()


GateName = Literal["labels", "agreement", "definition", "drift", "rungs"]


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be so before a fine-tune can work at all.

    Attributes:
        name: `labels` there are thousands, `agreement` those who label agree, `definition` it is changed seldom,
            `drift` the labels' distribution stays, `rungs` prompts, retrieval and rules are exhausted.
        question: in words.
        passed: None where the data do not settle it.
        why: one sentence with the numbers.
        figures: the numbers behind it.
        cases: ids of the cases behind it.
    """

    name: GateName
    question: str
    passed: bool | None
    why: str
    figures: tuple[Figure, ...] = ()
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """One line of the account, in US dollars until the base model's retirement.

    `low` and `high` are the least and the most of the three accounts: likely, at its worst and at its best.
    """

    name: str
    usd: float
    low: float
    high: float
    told: str


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a perfect fine-tune of the capability share could save at the most, against what it costs at the least.

    Attributes:
        until: when the base model is retired, by the assumptions.
        days: of use until then, after the days that the fine-tune takes.
        events: in those days.
        capability: failed cases that neither knowledge nor rules mend, of all events.
        saved: lines of what is saved: tokens, retries, reviewers' minutes, unnoticed errors.
        spent: lines of what is spent: labels, training, engineers, evaluation, training again, upkeep, hosting.
        saves: the sum of what is saved; its upper end is the upper bound.
        costs: the sum of what is spent, in the same three cases as `net`.
        net: what is left of the savings: likely; with everything at the end that is less kind to fine-tuning; and with
            everything at the kinder end, the upper bound.
        pays: False where even the upper bound of `net` is below 0; True where its lower bound is above 0; else None.
        why: one sentence with the numbers.
    """

    until: date
    days: float
    events: float
    capability: Estimate
    saved: tuple[Money, ...]
    spent: tuple[Money, ...]
    saves: Estimate
    costs: Estimate
    net: Estimate
    pays: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Flip:
    """What varying one assumption alone does to the answer.

    Attributes:
        key: of the assumption.
        value: what the verdict is calculated with.
        low: the least that was tried.
        high: the most that was tried.
        at: the value nearest to `value` at which the answer becomes another; None where none was found.
        becomes: the answer there.
        plausible: whether `at` is inside the assumption's own range.
    """

    key: str
    value: float
    low: float
    high: float
    at: float | None
    becomes: Answer | None
    plausible: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Labels that would settle a question: `count` more `of` these, and why; `cases` are ids of such cases."""

    count: int
    of: str
    why: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and everything that it rests on.

    Attributes:
        task: its name.
        version: of its definition.
        at: when it was reached.
        answer: one of three.
        sentence: the answer in one line, for people.
        reasons: why, in the order in which they decided; the first is enough.
        situations: the three, in order.
        gates: in the order in which they are asked.
        ceiling: what a perfect fine-tune would bring; None where no events a day are known.
        assumptions: all of them.
        flips: one for each assumption, those that flip the answer first.
        wanted: what to label, where there is not enough data.
        trial: ids of the cases to try a fine-tune with, where it is worth one.
        next: what to do, most valuable first.
        cases: how many cases it rests on.
        unfinished: why the measurement ended early; else empty.
    """

    task: str
    version: str
    at: datetime
    answer: Answer
    sentence: str
    reasons: tuple[str, ...]
    situations: tuple[Situation, Situation, Situation]
    gates: tuple[Gate, ...]
    ceiling: Ceiling | None
    assumptions: tuple[Assumption, ...]
    flips: tuple[Flip, ...]
    wanted: tuple[Wanted, ...]
    trial: tuple[str, ...]
    next: tuple[str, ...]
    cases: int
    unfinished: str = ""
