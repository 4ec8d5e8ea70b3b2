"""What the figures are made of: decided items, without what nobody counts; all frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Ruling
    from processor.review.values import Key


class Mark(NamedTuple):
    """A decided item, and what tells whether anything about it is new: while its mark is the same, so is the item.

    Attributes:
        ref: its short name.
        task: whose.
        at_ms: when it came to review, in milliseconds since the epoch, by the broker.
        decided_ms: when the ruling that counts came.
        given: how many rulings there are.
    """

    ref: str
    task: str
    at_ms: int
    decided_ms: int
    given: int


@dataclass(frozen=True, slots=True)
class Decided:
    """An item with a ruling that counts.

    Attributes:
        mark: of when it was read.
        key: what it is of.
        summary: as in its row.
        rules: names of what the ladder's last answer violates.
        answer: that answer; None where there is none.
        inclusion: of an audit.
        retried: whether the ladder took more than one attempt.
        rulings: all, in the topic's order.
        ruling: the one of them that counts.
    """

    mark: Mark
    key: Key
    summary: str
    rules: tuple[str, ...]
    answer: Mapping[str, Any] | None
    inclusion: float | None
    retried: bool
    rulings: tuple[Ruling, ...]
    ruling: Ruling

    @property
    def is_audit(self) -> bool:
        """Whether it passed, and is looked at as a sample."""
        return self.inclusion is not None


@dataclass(frozen=True, slots=True)
class Audits:
    """How many audits of one kind nobody has decided yet: of a task, its first step or a later one, a probability."""

    task: str
    retried: bool
    inclusion: float
    count: int
