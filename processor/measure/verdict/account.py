"""The account of a fine-tune until its base model's retirement: what it saves and what it costs, in US dollars.

One function of plain numbers, calculated thrice: with what is most likely, with everything at the end that is kinder
to fine-tuning, and with everything at the other end. The kinder ends together bound what can be saved: whatever the
true numbers are within their ranges, it is less.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MILLION = 1_000_000
SECONDS_PER_HOUR = 3600
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


class Number(NamedTuple):
    """A number and the ends of what it may be."""

    value: float
    low: float
    high: float


Numbers = Mapping[str, Number]
"""Assumptions by their key, and what was measured as `measured.…`; see `KINDER`."""

Kinder = Literal["low", "high", "either"]

KINDER: Mapping[str, Kinder] = {
    "measured.first_usd": "high",
    "measured.retries_usd": "high",
    "measured.capability_retries_usd": "high",
    "measured.to_people": "high",
    "measured.unnoticed": "high",
    "measured.input_tokens": "low",
    "measured.output_tokens": "low",
    "measured.labels": "high",
    "volume.events_per_day": "high",
    "definition.changes_per_year": "low",
    "base_model.days": "either",
    "training.usd_per_million_tokens": "low",
    "training.epochs": "low",
    "training.runs": "low",
    "training.days_per_run": "low",
    "training.engineer_hours_per_run": "low",
    "tuned.usd_per_million_input": "low",
    "tuned.usd_per_million_output": "low",
    "tuned.prompt_share": "low",
    "tuned.hosting_usd_per_day": "low",
    "labels.needed": "low",
    "labels.people_each": "low",
    "labels.seconds_each": "low",
    "people.usd_per_hour": "either",
    "people.seconds_per_review": "high",
    "people.usd_per_unnoticed_error": "high",
    "people.engineer_usd_per_hour": "low",
    "evaluation.cases": "low",
    "upkeep.engineer_hours_per_month": "low",
    "money.discount_per_year": "low",
}
"""Which end of a number is kinder to fine-tuning. `either`: it saves and costs, and both ends are tried.

`measured.first_usd` and `measured.retries_usd` are US dollars an event for the first attempt and for the others,
`measured.capability_retries_usd` those others' of the capability share alone; `measured.to_people` and
`measured.unnoticed` the shares of all events that are capability failures and went to people, or were accepted wrong;
tokens are those of one model call; `measured.labels` is how many labels there are.
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Lines by name: what is saved, and what is spent. `days` of use, `events` in them."""

    saved: Mapping[str, float]
    spent: Mapping[str, float]
    days: float
    events: float

    @property
    def saves(self) -> float:
        """All that is saved."""
        return math.fsum(self.saved.values())

    @property
    def costs(self) -> float:
        """All that is spent."""
        return math.fsum(self.spent.values())

    @property
    def net(self) -> float:
        """What is left of the savings."""
        return self.saves - self.costs


@dataclass(frozen=True, slots=True)
class Accounts:
    """The account as it most likely is, at its worst and at its best for fine-tuning."""

    likely: Account
    worst: Account
    best: Account


def accounts(numbers: Numbers, *, tokens_only: bool = False) -> Accounts:
    """All three. With `tokens_only` no reviewer's time and no unnoticed error counts: inference against inference."""
    likely = of({key: numbers[key].value for key in KINDER}, tokens_only=tokens_only)
    best = max(_at(numbers, best=True, tokens_only=tokens_only), key=lambda found: found.net)
    worst = min(_at(numbers, best=False, tokens_only=tokens_only), key=lambda found: found.net)
    return Accounts(likely, worst, best)


def of(at: Mapping[str, float], *, tokens_only: bool = False) -> Account:
    """The account with these numbers."""
    days = use(at)
    events = at["volume.events_per_day"] * days
    worth = events * annuity(days, at["money.discount_per_year"])
    saved = {name: usd * worth for name, usd in per_event(at, tokens_only=tokens_only).items()}
    return Account(saved, _spent(at, days), days, events)


def use(at: Mapping[str, float]) -> float:
    """Days that a tuned model can be used: from its last training run to the base model's retirement."""
    return max(0.0, at["base_model.days"] - at["training.runs"] * at["training.days_per_run"])


def call(at: Mapping[str, float]) -> float:
    """US dollars for one call of the tuned model."""
    asked = at["measured.input_tokens"] * at["tuned.prompt_share"] * at["tuned.usd_per_million_input"]
    return (asked + at["measured.output_tokens"] * at["tuned.usd_per_million_output"]) / MILLION


def per_event(at: Mapping[str, float], *, tokens_only: bool = False) -> dict[str, float]:
    """US dollars saved an event, by line, in the way of using a perfect tuned model that saves most.

    Either it answers every event, and takes the place of all model calls; or it is one more step that is asked only
    where it saves something, as if that were known beforehand; or it is not used.
    """
    review, error = (0.0, 0.0) if tokens_only else (_review(at), at["people.usd_per_unnoticed_error"])
    everything = {
        "tokens": at["measured.first_usd"] - call(at),
        "retries": at["measured.retries_usd"],
        "reviewers": at["measured.to_people"] * review,
        "unnoticed errors": at["measured.unnoticed"] * error,
    }
    reviewed, unnoticed = at["measured.to_people"] * (review > call(at)), at["measured.unnoticed"] * (error > call(at))
    a_step = {
        "tokens": -call(at) * (reviewed + unnoticed),
        "retries": at["measured.capability_retries_usd"],
        "reviewers": reviewed * review,
        "unnoticed errors": unnoticed * error,
    }
    unused = dict.fromkeys(everything, 0.0)
    return max(unused, everything, a_step, key=lambda lines: math.fsum(lines.values()))


def running(at: Mapping[str, float]) -> float:
    """US dollars a day for as long as the tuned model is used."""
    upkeep = at["upkeep.engineer_hours_per_month"] / DAYS_PER_MONTH * at["people.engineer_usd_per_hour"]
    again = at["definition.changes_per_year"] / DAYS_PER_YEAR * _run(at)
    return upkeep + at["tuned.hosting_usd_per_day"] + again


def upfront(at: Mapping[str, float]) -> dict[str, float]:
    """US dollars before the tuned model is used, by line."""
    missing = max(0.0, at["labels.needed"] - at["measured.labels"])
    each = at["labels.people_each"] * at["labels.seconds_each"] / SECONDS_PER_HOUR * at["people.usd_per_hour"]
    return {
        "labels": missing * each,
        "training": at["training.runs"] * _training(at),
        "engineers": at["training.runs"] * at["training.engineer_hours_per_run"] * at["people.engineer_usd_per_hour"],
        "evaluation": at["training.runs"] * at["evaluation.cases"] * call(at),
    }


def annuity(days: float, discount: float) -> float:
    """What a dollar that comes evenly over these days is worth today."""
    grown = math.log1p(discount) * days / DAYS_PER_YEAR
    return -math.expm1(-grown) / grown if grown else 1.0


def _spent(at: Mapping[str, float], days: float) -> dict[str, float]:
    each_day = days * annuity(days, at["money.discount_per_year"])
    upkeep = at["upkeep.engineer_hours_per_month"] / DAYS_PER_MONTH * at["people.engineer_usd_per_hour"]
    return {
        **upfront(at),
        "training again": each_day * at["definition.changes_per_year"] / DAYS_PER_YEAR * _run(at),
        "upkeep": each_day * upkeep,
        "hosting": each_day * at["tuned.hosting_usd_per_day"],
    }


def _run(at: Mapping[str, float]) -> float:
    """US dollars for one fine-tune more, when the definition has changed."""
    people = at["training.engineer_hours_per_run"] * at["people.engineer_usd_per_hour"]
    return _training(at) + people + at["evaluation.cases"] * call(at)


def _training(at: Mapping[str, float]) -> float:
    """US dollars for the tokens of one training run, of as many labels as are needed."""
    each = at["measured.input_tokens"] * at["tuned.prompt_share"] + at["measured.output_tokens"]
    return at["labels.needed"] * at["training.epochs"] * each * at["training.usd_per_million_tokens"] / MILLION


def _review(at: Mapping[str, float]) -> float:
    return at["people.usd_per_hour"] * at["people.seconds_per_review"] / SECONDS_PER_HOUR


def _at(numbers: Numbers, *, best: bool, tokens_only: bool) -> Iterator[Account]:
    either = [key for key, kinder in KINDER.items() if kinder == "either"]
    fixed = {key: _end(key, numbers[key], best=best) for key in KINDER if key not in either}
    for ends in itertools.product(*((numbers[key].low, numbers[key].high) for key in either)):
        yield of({**fixed, **dict(zip(either, ends, strict=True))}, tokens_only=tokens_only)


def _end(key: str, number: Number, *, best: bool) -> float:
    return number.high if (KINDER[key] == "high") is best else number.low
