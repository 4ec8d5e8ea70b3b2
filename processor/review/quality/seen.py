"""What the figures need of a decided item; of its text only the line of one that was decided differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from processor.core.records import Action


@dataclass(frozen=True, slots=True)
class Given:
    """One ruling: who gave it, when, how long it took, and what it says."""

    by: str
    at: datetime
    seconds: float
    action: Action


@dataclass(frozen=True, slots=True)
class Pair:
    """Two opinions on one item.

    Attributes:
        same: whether they say the same in all that is compared, or both reject.
        classes: of each, the class or `REJECTED`; empty texts where answers have no class.
        places: whether each compared place is the same; empty where one of them rejects.
        closed: of places with a closed list of values, the value of each as JSON.
    """

    same: bool
    classes: tuple[str, str]
    places: Mapping[str, bool]
    closed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An item that two reviewers decided differently: what it is called, and what each decided."""

    ref: str
    event_id: str
    summary: str
    first: Given
    second: Given


@dataclass(frozen=True, slots=True)
class Seen:
    """A decided item.

    Attributes:
        task: whose.
        rules: what stood against the last answer; empty of an audit.
        given: all rulings in the topic's order.
        counting: the one that counts.
        unchanged: whether that accepts the very answer that the ladder had.
        inclusion: of an audit.
        retried: whether the ladder took more than one attempt.
        wrong: of an audit, whether its answer was.
        pair: the first two opinions; None where there are not two.
        sent_back: whether one of the first two opinions is none on what is right.
        disagreement: where a blind check gave another answer.
    """

    task: str
    rules: tuple[str, ...]
    given: tuple[Given, ...]
    counting: Given
    unchanged: bool
    inclusion: float | None
    retried: bool
    wrong: bool
    pair: Pair | None
    sent_back: bool
    disagreement: Disagreement | None
