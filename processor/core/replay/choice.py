"""Which of the candidates are replayed, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from processor.core.records import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from processor.core.replay.candidate import Candidate, Key

DEFAULT_CAP = 3
"""Replays of one event: after these, another one would hardly end otherwise."""


class LeftOut(StrEnum):
    """Why an event that was asked for is not replayed."""

    PASSED = "passed"  # an audit: nothing was wrong with it, and it was not asked for by its reason
    ANSWERED = "answered"  # a review item whose event has a result by now
    DECIDED = "decided"  # a review item that a person has decided
    WAITING = "waiting"  # the workers have not done it yet, and will
    CAPPED = "capped"  # it was replayed as often as is allowed
    EXPIRED = "expired"  # its message is gone from the tasks topic
    LIMITED = "limited"  # more than were asked for
    TOO_LARGE = "too_large"  # as one message on the tasks topic
    UNREADABLE = "unreadable"  # a message that holds nothing to send


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; empty means all.

    Attributes:
        task: only of this task.
        reasons: review reasons, or rules that sent an answer to the retry topic.
        ids: of events; for bytes that are no event, where they stood first.
        until_ms: only what stands there before this time, in milliseconds since the epoch.
        cap: leave out what was replayed so often.
        limit: at most so many, the oldest first.
    """

    task: str | None = None
    reasons: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    until_ms: int | None = None
    cap: int = DEFAULT_CAP
    limit: int | None = None

    def fits(self, found: Candidate) -> bool:
        """Whether it was asked for."""
        return (
            self.task in (None, found.task)
            and (not self.reasons or not self.reasons.isdisjoint(found.reason.split(",")))
            and (not self.ids or found.name in self.ids)
            and (self.until_ms is None or found.stands.timestamp_ms < self.until_ms)
        )

    def wants(self, found: Candidate) -> bool:
        """Whether it is to be sent though it passed: only where audits are named."""
        return not found.passed or Reason.AUDIT in self.reasons


@dataclass(frozen=True, slots=True)
class Facts:
    """What the other topics and the workers' group say.

    Attributes:
        under_way: by the key of an event that waits for a worker as a replay, the highest one.
        answered: by the key of an event that has a result, the highest replay that a result is of.
        decided: task and id of the events that a person has decided, and which replay.
        waiting_from: by topic and partition, the first offset that the workers have not done.
        begins: by topic and partition, the first offset that is still there.
    """

    under_way: Mapping[Key, int] = field(default_factory=dict)
    answered: Mapping[Key, int] = field(default_factory=dict)
    decided: Collection[tuple[str, str, int]] = frozenset()
    waiting_from: Mapping[tuple[str, int], int] = field(default_factory=dict)
    begins: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def against(self, found: Candidate, cap: int) -> LeftOut | None:
        """What stands against replaying it."""
        at, kept = (found.stands.topic, found.stands.partition), (found.kept.topic, found.kept.partition)
        if (settled := self._settled(found)) is not None:
            return settled
        if self.under_way.get(found.key, -1) > found.replay:
            return LeftOut.WAITING
        if at in self.waiting_from and found.stands.offset >= self.waiting_from[at]:
            return LeftOut.WAITING
        if found.replay >= cap:
            return LeftOut.CAPPED
        if self.begins and found.kept.offset < self.begins.get(kept, found.kept.offset + 1):
            return LeftOut.EXPIRED
        return None

    def _settled(self, found: Candidate) -> LeftOut | None:
        if self.answered.get(found.key, -1) >= found.replay + found.passed:  # what passed has a result of its own
            return LeftOut.ANSWERED
        if not found.passed and (found.task, found.name, found.replay) in self.decided:
            return LeftOut.DECIDED
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is replayed, oldest first, and how many are left out and why."""

    chosen: tuple[Candidate, ...]
    left_out: Mapping[LeftOut, int]


class Newest:
    """Of each key the newest candidate; `unreadable` counts the messages that were none."""

    def __init__(self) -> None:
        self.unreadable = 0
        self._kept: dict[Key, Candidate] = {}

    def add(self, found: Candidate | None) -> None:
        """Take one in, in any order."""
        if found is None:
            self.unreadable += 1
        elif found.key not in self._kept or _age(self._kept[found.key]) <= _age(found):
            self._kept[found.key] = found

    def fitting(self, wish: Wish) -> list[Candidate]:
        """What was asked for, oldest first by the broker's time."""
        return sorted(filter(wish.fits, self._kept.values()), key=_age)


def choose(fitting: Iterable[Candidate], wish: Wish, facts: Facts, unreadable: int = 0) -> Choice:
    """What of the fitting candidates, oldest first, is replayed."""
    chosen: list[Candidate] = []
    left_out = {LeftOut.UNREADABLE: unreadable} if unreadable else {}
    for found in fitting:
        why = facts.against(found, wish.cap) if wish.wants(found) else LeftOut.PASSED
        if why is None and wish.limit is not None and len(chosen) >= wish.limit:
            why = LeftOut.LIMITED
        if why is None:
            chosen.append(found)
        else:
            left_out[why] = left_out.get(why, 0) + 1
    return Choice(tuple(chosen), left_out)


def _age(found: Candidate) -> tuple[int, int, int]:
    return found.stands.timestamp_ms, found.stands.partition, found.stands.offset
