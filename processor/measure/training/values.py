"""What `untuned export` makes, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.measure.records import Case

SplitBy = Literal["group", "time", "case"]
"""What keeps the parts apart: a group (a customer, a thread), the time, or nothing but the case itself."""

Part = Literal["train", "validation"]


@dataclass(frozen=True, slots=True)
class Chat:
    """One line of training data: the messages, the last of them the labelled answer.

    `case` is the id of the case that it is made from, `tokens` its length as the task's tokenizer counts it.
    """

    case: str
    messages: tuple[Mapping[str, str], ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked for: `found` is how often, `cases` the ids, `done` what was done about it."""

    name: str
    looked_at: int
    found: int
    done: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """Training data, split and checked.

    `left_out` has ids of cases that cannot be trained on, each with why; `held_out` are the cases of the validation
    side, to measure a tuned model on what it was not trained on.
    """

    train: tuple[Chat, ...]
    validation: tuple[Chat, ...]
    split_by: SplitBy
    checks: tuple[Check, ...]
    left_out: Mapping[str, str]
    held_out: tuple[Case, ...] = ()
