"""What is observed of a worker at one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Partition:
    """One assigned partition. Offsets; -1 or None where there is none yet.

    Attributes:
        name: `topic/number`.
        end: where the next message that is produced will stand, as the broker last said.
        position: where the next fetch goes on; it passes what is no message, as the ends of transactions.
        fetched: the last message that the broker gave.
        taken: the last message that is or was in hand.
        answered: when the broker last answered a fetch of it, of whatever clock; only a change matters.
        turn: where messages of it came and wait behind those of other partitions, how many of any the worker has taken
            so far; None where none wait so.
    """

    name: str
    end: int | None
    position: int | None
    fetched: int = -1
    taken: int = -1
    answered: float | None = None
    turn: int | None = None

    @property
    def behind(self) -> int:
        """Messages that are known and not fetched."""
        return 0 if self.end is None or self.position is None else max(0, self.end - self.position)


@dataclass(frozen=True, slots=True)
class Vitals:
    """A worker at one moment.

    Attributes:
        started: its consumer runs.
        stopping: it was told to stop, or broke.
        thread: the consumer's thread has answered.
        rebalances: how many rebalances it has seen begin.
        rebalancing: the last of them is not over.
        flowing: it reads.
        member: the broker knows it as a member of the group, and it knows where the group's coordinator is.
        spare: the group gave it no partition.
        producing: its producer can send.
        full: a message waits for room in hand.
        partitions: those it was given.
        in_hand: messages that it works on or holds back.
        settled: messages that it has brought to their end.
        failed: messages that it could not, by a defect: they are tried again after a restart.
        asleep: those in hand that wait for their time, or for the next try.
        waits: how many such waits have begun.
        calling: a call to a model or another dependency is under way, or waits for its turn.
    """

    started: bool = True
    stopping: bool = False
    thread: bool = True
    rebalances: int = 1
    rebalancing: bool = False
    flowing: bool = True
    member: bool = True
    spare: bool = False
    producing: bool = True
    full: bool = False
    partitions: tuple[Partition, ...] = ()
    in_hand: int = 0
    settled: int = 0
    failed: int = 0
    asleep: int = 0
    waits: int = 0
    calling: bool = False

    @property
    def ready(self) -> bool:
        """Whether it takes its share: a spare one does, too, by standing by."""
        there = self.started and self.flowing and self.member and not self.rebalancing and not self.stopping
        return there and (self.spare or bool(self.partitions))
