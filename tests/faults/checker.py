"""What the topics say of a case: nothing here knows untuned's code, and what is judged is plain values."""

from __future__ import annotations

import bisect
import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.reading import OUTCOMES, READ, Log

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bench.stub_model import Call
    from tests.faults.reading import Seen


AUDIT = "audit"
"""The reason of a review item that is a look at a result."""


@dataclass(frozen=True, slots=True)
class Fault:
    """When a fault began and ended, in seconds since the epoch."""

    what: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the events. Times are in seconds.

    Attributes:
        produced: different events on the tasks topic.
        results, review: messages there, without audits.
        audits: results that are on the review topic, too, because they were drawn to be looked at.
        unaudited: events with a result and no audit; none of them is well where all results are to be audited.
        lost: events without an outcome whose offset is committed: nobody will ever look at them again.
        stuck: events without an outcome that are still to be read.
        duplicates: outcomes beyond the first of each event.
        mistaken: outcomes with another id than the event's, several CloudEvents ids for one event, outcomes of
            events that nobody produced, and audits of events that have no result.
        stall: the longest time without progress (a result, review item or retry) while events were open, from the first
            progress on: before it the workers start.
        stalled_at: when that began, from the first event's time on.
        recovery: the longest time from a fault's end to the next progress while events were open; where the next fault
            came before that, its end counts.
        bought_twice: calls of the model whose answer for the same event and attempt had been sent whole before.
        calls: of the model.
    """

    produced: int
    results: int
    review: int
    audits: int
    unaudited: tuple[str, ...]
    lost: tuple[str, ...]
    stuck: tuple[str, ...]
    duplicates: int
    mistaken: tuple[str, ...]
    stall: float
    stalled_at: float
    recovery: float
    bought_twice: int
    calls: int


def judge(log: Log, calls: Iterable[Call] = (), faults: Sequence[Fault] = (), end: float | None = None) -> Verdict:
    """Judge a case by what its topics and its model have seen; `end`: when it was over."""
    outcomes = [each for each in log.seen if each.kind in OUTCOMES and each.reason != AUDIT]
    audits = [each for each in log.seen if each.reason == AUDIT]
    answered = {each.ident for each in outcomes if each.kind == "results"}
    produced = {each.ident: each for each in reversed(log.seen) if each.kind == "tasks"}
    settled: dict[str, Seen] = {}
    for each in outcomes:
        settled.setdefault(each.ident, each)
    lost, stuck = _missing(log, produced.keys() - settled.keys())
    begins = [each.at for each in log.seen if each.kind == "tasks"]
    last = end if end is not None else max((each.at for each in log.seen), default=0.0)
    busy = _busy([(each.at, settled[name].at if name in settled else last) for name, each in produced.items()])
    progress = sorted(each.at for each in log.seen if each.kind != "tasks")
    first = progress[0] if progress else 0.0
    stall, stalled_at = _longest_gap([(max(begin, first), end) for begin, end in busy if end > first], progress)
    asked = list(calls)
    return Verdict(
        produced=len(produced),
        results=sum(each.kind == "results" for each in outcomes),
        review=sum(each.kind == "review" for each in outcomes),
        audits=len({each.ident for each in audits}),
        unaudited=tuple(sorted(answered - {each.ident for each in audits})),
        lost=lost,
        stuck=stuck,
        duplicates=len(outcomes) - len(settled),
        mistaken=tuple(sorted({*_mistaken(outcomes, produced), *_mistaken_audits(audits, answered, produced)})),
        stall=stall,
        stalled_at=stalled_at - min(begins, default=0.0) if stall else 0.0,
        recovery=_longest_recovery(busy, progress, faults),
        bought_twice=bought_twice(asked),
        calls=len(asked),
    )


def bought_twice(calls: Iterable[Call]) -> int:
    """Calls that began after a call for the same event and attempt had been answered whole."""
    answered: dict[object, float] = {}
    twice = 0
    by_label = defaultdict(list)
    for call in calls:
        by_label[call.label].append(call)
    for label, same in by_label.items():
        for call in sorted(same, key=lambda each: each.began):
            twice += call.began > answered.get(label, float("inf"))
            if call.sent is not None:
                answered[label] = min(call.sent, answered.get(label, float("inf")))
    return twice


def _missing(log: Log, idents: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lost and stuck: an event whose last message to be read is committed is lost."""
    waiting: dict[str, bool] = dict.fromkeys(sorted(idents), False)
    for each in log.seen:
        if (
            each.kind in READ
            and each.ident in waiting
            and each.offset >= log.committed.get((each.kind, each.partition), 0)
        ):
            waiting[each.ident] = True
    return (
        tuple(name for name, waits in waiting.items() if not waits),
        tuple(name for name, waits in waiting.items() if waits),
    )


def _mistaken(outcomes: Sequence[Seen], produced: Mapping[str, Seen]) -> tuple[str, ...]:
    names: defaultdict[str, set[str]] = defaultdict(set)
    for each in outcomes:
        names[each.ident].add(each.ce_id)
    return tuple(
        sorted(
            {each.ident for each in outcomes if _differs(each, produced.get(each.ident))}
            | {ident for ident, several in names.items() if len(several) > 1 or ident not in produced}
        )
    )


def _mistaken_audits(audits: Sequence[Seen], answered: Collection[str], produced: Mapping[str, Seen]) -> Iterable[str]:
    """Those of what has no result, and those that are not what their event is."""
    yield from (each.ident for each in audits if each.ident not in answered)
    yield from _mistaken(audits, produced)


def _differs(outcome: Seen, produced: Seen | None) -> bool:
    """Whether both say whose they are, and not the same."""
    return bool(produced and produced.claimed and outcome.claimed and produced.claimed != outcome.claimed)


def _busy(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The times in which at least one event was open, in order."""
    merged: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _longest_gap(busy: Iterable[tuple[float, float]], progress: Sequence[float]) -> tuple[float, float]:
    """The longest time without progress, and when it began."""
    longest = (0.0, 0.0)
    for begin, end in busy:
        inside = progress[bisect.bisect_left(progress, begin) : bisect.bisect_right(progress, end)]
        points = [begin, *inside, end]
        longest = max(longest, *((after - before, before) for before, after in itertools.pairwise(points)))
    return longest


def _longest_recovery(busy: Sequence[tuple[float, float]], progress: Sequence[float], faults: Sequence[Fault]) -> float:
    longest = 0.0
    for fault in faults:
        seconds = _recovery(busy, progress, fault.ended)
        if not any(fault.ended < other.ended and other.began < fault.ended + seconds for other in faults):
            longest = max(longest, seconds)
    return longest


def _recovery(busy: Iterable[tuple[float, float]], progress: Sequence[float], fault_end: float) -> float:
    """From a fault's end to the next progress, where events were open then."""
    for begin, end in busy:
        if begin <= fault_end < end:
            place = bisect.bisect_left(progress, fault_end)
            return min(progress[place] if place < len(progress) else end, end) - fault_end
    return 0.0


def reasons(log: Log) -> Counter[str]:
    """How many review items have which reason."""
    return Counter(each.reason for each in log.seen if each.kind == "review")
