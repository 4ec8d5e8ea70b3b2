"""One round of an event: what reviewers said is right, whose word counts, and what the ladder had answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Action = Literal["accept", "correct", "reject", "send_back"]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision.

    Attributes:
        id: a reviewer's same decision sent twice has the same.
        by: the reviewer; empty where that is not known.
        action: what was decided.
        answer: None where it has none of its own.
        place: partition and offset; all decisions on one event stand on one partition.
        source: where it stands, for people.
        blind: a check of what others had decided.
        inclusion: of an audit.
    """

    id: str
    by: str
    action: Action
    answer: Mapping[str, Any] | None
    place: tuple[int, int]
    source: str
    blind: bool = False
    inclusion: float | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a decision calls right; `answer` is None where it says that nothing is."""

    made: Decided
    answer: Mapping[str, Any] | None


@dataclass(slots=True)
class Round:
    """What is known of one round.

    Attributes:
        given: its decisions by their reviewers and ids.
        person: the result of a person.
        model: the result of a model.
        reviewed: the answer in the review item.
        inclusion: of the review item, where it is an audit.
    """

    given: dict[tuple[str, str], Decided] = field(default_factory=dict)
    person: Decided | None = None
    model: Mapping[str, Any] | None = None
    reviewed: Mapping[str, Any] | None = None
    inclusion: float | None = None

    def take(self, made: Decided) -> None:
        """Take a decision in; one that was sent twice is where it stood first."""
        before = self.given.get((made.by, made.id))
        if before is None or made.place < before.place:
            self.given[made.by, made.id] = made

    @property
    def first_answer(self) -> Mapping[str, Any] | None:
        """What the ladder had answered; None where that is not known."""
        return self.reviewed if self.reviewed is not None else self.model

    @property
    def all(self) -> list[Decided]:
        """The decisions in the topic's order; without any, the one that a person's result tells of."""
        ordered = sorted(self.given.values(), key=lambda made: made.place)
        return ordered or ([self.person] if self.person is not None else [])

    def opinions(self, otherwise: Mapping[str, Any] | None) -> list[Opinion]:
        """What was called right, each reviewer once: the word that counts, then the others in the topic's order.

        The first that is not blind counts, of an audit the first of all. Who sends back says nothing of what is right.

        Args:
            otherwise: what who accepts means, where the round's own answer is not known.
        """
        accepted = self.first_answer if self.first_answer is not None else otherwise
        found = list(self._told(accepted))
        if not self._is_audit:
            counting = next((each for each in found if not each.made.blind), None)
            found.sort(key=lambda each: each is not counting)
        told: dict[str, Opinion] = {}
        for each in found:
            told.setdefault(each.made.by or each.made.id, each)
        return list(told.values())

    @property
    def _is_audit(self) -> bool:
        return self.inclusion is not None or any(made.inclusion is not None for made in self.given.values())

    def _told(self, accepted: Mapping[str, Any] | None) -> Iterator[Opinion]:
        silent = True
        for made in sorted(self.given.values(), key=lambda made: made.place):
            answer = _label(made, accepted)
            if answer is not None or made.action == "reject":
                silent = False
                yield Opinion(made, answer)
        if silent and self.person is not None and self.person.answer is not None:
            yield Opinion(self.person, self.person.answer)


def _label(made: Decided, accepted: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The answer that a decision calls right: one that accepts means what the ladder had answered."""
    if made.action not in ("accept", "correct"):
        return None
    return made.answer if made.answer is not None or made.action == "correct" else accepted


def probability(record: Mapping[str, Any]) -> float | None:
    """The chance with which the event had to be audited, where the record has it."""
    value = record.get("inclusion")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= 1 else None
