"""What a reviewer decided about an event, and who is looking at one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from processor.core.records.attempt import Violation


class Action(StrEnum):
    """What a reviewer can decide."""

    ACCEPT = "accept"  # the model's answer is right
    CORRECT = "correct"  # the reviewer's answer is
    REJECT = "reject"  # there is no right answer
    SEND_BACK = "send_back"  # the ladder is to try again, told why


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision of one reviewer. Goes to the decisions topic.

    Of the rulings on one round of an event, the first that is not `blind` is the one that counts.

    Attributes:
        id: made with the form that it was given in: the same form sent twice is one ruling.
        event_id: the event's id; of bytes that are no event, where they stood, `untuned.tasks/0/7`.
        task: the event's task; empty for bytes that are no event.
        replay: how many times the event had been sent through again when it came to review.
        by: the reviewer's name.
        answer: the right answer, as JSON as a model gives it; None where there is none.
        note: the reviewer's words.
        at: when, by the clock of the review application.
        seconds: how long the reviewer looked at it.
        overridden: what rules said against the answer; the note says why it is right all the same.
        blind: a check of what another reviewer, or the ladder, has already decided.
        inclusion: of an audit, the probability with which it was drawn.
    """

    id: str
    event_id: str
    task: str
    replay: int
    by: str
    action: Action
    answer: Mapping[str, Any] | None
    note: str
    at: datetime
    seconds: float
    overridden: tuple[Violation, ...] = ()
    blind: bool = False
    inclusion: float | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """Who has an item before them, so that nobody else begins with it unaware. Goes to the leases topic.

    It holds for `seconds` from the broker's time of its message on; 0 gives the item back. While one holds, those of
    other reviewers for the same item are void.
    """

    event_id: str
    task: str
    replay: int
    by: str
    seconds: float
