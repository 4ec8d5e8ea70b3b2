"""Whether a worker is alive: what is wrong with what is observed of it, and when that is too long.

A symptom that lasts past its deadline is a complaint; a worker with a complaint does not mend itself, so its watchdog
ends it for a supervisor to restart. Slow models, closed circuits and outages are no symptoms: a worker may wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.vitals import Vitals


class Trouble(StrEnum):
    """What can be wrong with a worker."""

    LOOP = "loop"
    THREAD = "thread"
    START = "start"
    REBALANCE = "rebalance"
    FLOW = "flow"
    MEMBER = "member"
    DELIVERY = "delivery"
    WORK = "work"
    PRODUCER = "producer"
    STOP = "stop"


NEEDS_BROKER = frozenset(
    {Trouble.START, Trouble.REBALANCE, Trouble.FLOW, Trouble.MEMBER, Trouble.DELIVERY, Trouble.WORK}
)
"""Troubles that are to be expected while the broker is away: they count only while it answers."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that each trouble may last.

    Attributes:
        loop: the event loop, or the consumer's, does not answer. A rule may block it for as long as its time limit.
        group: not started, rebalancing, not reading or no member of the group, while the broker answers. A rebalance
            waits for its slowest member, as long as `stream.REBALANCE` says. Also messages in hand that
            wait for nothing and do not move, and those that could not be settled.
        delivery: a partition has messages and none comes, while the broker answers and nothing waits for room in hand.
        stop: a shutdown. Beyond the grace period and what leaving the group takes.
        producer: the producer has ended, or sends in vain; nothing mends that.
    """

    loop: float = 30.0
    group: float = 120.0
    delivery: float = 60.0
    stop: float = 90.0
    producer: float = 0.0

    def of(self, trouble: Trouble) -> float:
        """The deadline of one trouble."""
        match trouble:
            case Trouble.LOOP | Trouble.THREAD:
                return self.loop
            case Trouble.DELIVERY:
                return self.delivery
            case Trouble.PRODUCER:
                return self.producer
            case Trouble.STOP:
                return self.stop
            case _:
                return self.group

    def times(self, patience: float) -> Deadlines:
        """The same, each `patience` times as long, but for `stop`: the grace period is set by itself."""
        return Deadlines(
            loop=self.loop * patience,
            group=self.group * patience,
            delivery=self.delivery * patience,
            stop=self.stop,
            producer=self.producer * patience,
        )


@dataclass(frozen=True, slots=True)
class Symptom:
    """One trouble. The same at the next look lasts; with other words, or another mark, it is a new one."""

    trouble: Trouble
    words: str
    mark: float | None = None


History = dict[Symptom, float]
"""How many seconds each symptom has lasted."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A symptom that lasts, in seconds, and how long it may."""

    symptom: Symptom
    seconds: float
    deadline: float

    def __str__(self) -> str:
        return f"{self.symptom.words}, for {self.seconds:.0f} s (limit {self.deadline:.0f} s)"


LOOP_SYMPTOM = Symptom(Trouble.LOOP, "the event loop does not answer")


def symptoms(vitals: Vitals) -> tuple[Symptom, ...]:
    """What is wrong at this moment."""
    found = {
        Trouble.STOP: vitals.stopping and "the shutdown does not end",
        Trouble.PRODUCER: not vitals.producing and "the producer has ended by an error, and nothing is sent any more",
        Trouble.THREAD: not vitals.thread and "the thread of the consumer does not answer",
        Trouble.START: not vitals.started and "the consumer does not start",
        # With its number: one rebalance after the other is no standstill.
        Trouble.REBALANCE: vitals.rebalancing and f"the rebalance number {vitals.rebalances} does not end",
        Trouble.FLOW: vitals.started and not vitals.flowing and "the partitions are not read",
        Trouble.MEMBER: vitals.started and not vitals.member and "the worker is no member of its group",
    }
    if vitals.stopping:  # it gives up all the rest
        found = {trouble: words for trouble, words in found.items() if trouble not in NEEDS_BROKER | {Trouble.THREAD}}
    whole = tuple(Symptom(trouble, words) for trouble, words in found.items() if words)
    return whole if vitals.stopping or not vitals.ready else (*whole, *_undelivered(vitals), *_unmoved(vitals))


def _undelivered(vitals: Vitals) -> Iterable[Symptom]:
    """Of each partition, what did not move; where it did since the last look, that is another symptom."""
    if vitals.full:
        return
    for each in vitals.partitions:
        if each.fetched > each.taken:
            words = f"messages of {each.name} are fetched and none is taken after offset {each.taken}"
            yield Symptom(Trouble.DELIVERY, words)
        elif each.behind:
            # On a slow machine others may keep it waiting for minutes; while they move, its turn comes.
            words = f"messages of {each.name} are not fetched, from offset {each.position} on"
            yield Symptom(Trouble.DELIVERY, words, each.turn)
        else:  # what the broker has is known only from its answers
            yield Symptom(Trouble.DELIVERY, f"{each.name} is not fetched any more", each.answered)


def _unmoved(vitals: Vitals) -> Iterable[Symptom]:
    """Messages that are worked on though nothing happens; a call has a time limit, and is not looked at here."""
    if vitals.failed:
        yield Symptom(Trouble.WORK, "an event could not be settled, and keeps its offset from being committed")
    if vitals.in_hand > vitals.asleep and not vitals.calling:
        yield Symptom(Trouble.WORK, "messages in hand wait for nothing and do not move", vitals.settled + vitals.waits)


def after(history: History, vitals: Vitals, seconds: float, *, answered: bool) -> History:
    """The history after another look.

    Args:
        history: what it was.
        vitals: the latest ones; old ones where the loop has not answered.
        seconds: since the last look. What is new begins at 0.
        answered: whether the event loop has answered since the last look.
    """
    seen = set(symptoms(vitals)) if answered else {LOOP_SYMPTOM}
    if not answered and vitals.stopping:
        seen |= {each for each in symptoms(vitals) if each.trouble is Trouble.STOP}
    # What cannot be seen now neither lasts nor ends.
    hidden = {each for each in history if not answered or (vitals.full and each.trouble is Trouble.DELIVERY)}
    kept = {each: history[each] for each in hidden - seen - {LOOP_SYMPTOM}}
    return kept | {each: history[each] + seconds if each in history else 0.0 for each in seen}


def without_broker(history: History) -> History:
    """The history once the broker was seen away: what needs it has its whole time when it is back."""
    return {each: 0.0 if each.trouble in NEEDS_BROKER else seconds for each, seconds in history.items()}


def suspects_broker(history: Mapping[Symptom, float], seconds: float) -> bool:
    """Whether a trouble that the broker's absence may cause has lasted longer than `seconds`."""
    return any(lasted > seconds for each, lasted in history.items() if each.trouble in NEEDS_BROKER)


def diagnose(history: Mapping[Symptom, float], deadlines: Deadlines) -> tuple[Complaint, ...]:
    """The symptoms that have passed their deadlines."""
    found = (Complaint(each, seconds, deadlines.of(each.trouble)) for each, seconds in history.items())
    return tuple(complaint for complaint in found if complaint.seconds >= complaint.deadline)
