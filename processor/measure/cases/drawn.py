"""How the events of some days came to be labelled: what went to people, what was audited, and what waits still.

Results and review items go in as they pass; no body is kept. What is decided by now of those that went to people, and
of audits that are alike (the same chance, as many steps), stands for what waits of them: a case that is one of 20
decided of 80 counts as if a quarter had been drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from processor.measure.cases import opinions, traffic
from processor.measure.records import Production

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from processor.core.views.outcomes import Outcome
    from processor.measure.records import Case

Kind = tuple[float | None, bool]
"""Of an audit its chance to be drawn, None of what went to people; and whether it took more than the first step."""

PEOPLE: Kind = (None, False)
"""What went to people, whatever it took: it was all to be decided."""

BEYOND_CHANCE = 1.96
"""Standard errors by which audits may miss the results that they stand for: one of 20 does by chance."""


class Drawn:
    """What became of each event in its last round: the kind of its review item, None for a result without one."""

    def __init__(self) -> None:
        # By a digest of an event's id: its last round, and what became of it there; few values, each kept once.
        self._last: dict[bytes, tuple[int, Kind | None]] = {}
        self._values: dict[tuple[int, Kind | None], tuple[int, Kind | None]] = {}

    def result(self, found: Outcome, replay: int) -> None:
        """Take a result in; one of a later round leaves nothing to be decided."""
        if found.record.get("decided_by") != "person":
            self._take(found.event_id, replay, None)

    def review(self, found: Outcome, replay: int) -> None:
        """Take a review item in."""
        chance = opinions.probability(found.record)
        retried = len(found.record.get("attempts") or ()) > 1
        self._take(found.event_id, replay, PEOPLE if chance is None else (chance, retried))

    def _take(self, event_id: str, replay: int, kind: Kind | None) -> None:
        """An audit's item and its result are of one round, whichever comes first."""
        event = traffic.digest(event_id)
        known = self._last.get(event)
        if known is None or replay > known[0] or (replay == known[0] and known[1] is None):
            self._last[event] = self._values.setdefault((replay, kind), (replay, kind))

    def production(self, decided: Collection[str]) -> Production:
        """The events by how they came to be labelled. `decided` are the ids of those that people decided."""
        all_of, done = self._counts(decided)
        audits = {kind: count for kind, count in all_of.items() if kind[0] is not None}
        results = len(self._last) - all_of[PEOPLE]
        reached = math.fsum(count / (kind[0] or 1.0) for kind, count in audits.items())
        spread = math.fsum(count * (1 - (kind[0] or 1.0)) / (kind[0] or 1.0) ** 2 for kind, count in audits.items())
        return Production(
            events=len(self._last),
            people=all_of[PEOPLE],
            decided=done[PEOPLE],
            audits=sum(audits.values()),
            audited=sum(done[kind] for kind in audits),
            reached=reached,
            whole=abs(results - reached) <= BEYOND_CHANCE * math.sqrt(spread),
            missed=math.fsum(count / (kind[0] or 1.0) for kind, count in all_of.items() if not done[kind]),
        )

    def chances(self, cases: Iterable[Case], decided: Collection[str]) -> dict[str, float]:
        """By event id, the chance with which each case came to be labelled and decided by now.

        Those that were sure to be are left out. A case whose item is older than what went in is taken to be decided as
        often as those of its kind.
        """
        all_of, done = self._counts(decided)
        found = {}
        for case in cases:
            _, known = self._last.get(traffic.digest(case.id), (0, None))
            kinds = [known] if known else [kind for kind in all_of if kind[0] == case.inclusion]
            due, made = sum(all_of[kind] for kind in kinds), sum(done[kind] for kind in kinds)
            chance = (case.inclusion or 1.0) * (made / due if made else 1.0)
            if chance < 1:
                found[case.id] = chance
        return found

    def has(self, events: Iterable[str]) -> bool:
        """Whether all of these events are among those that went in."""
        return all(traffic.digest(event) in self._last for event in events)

    def _counts(self, decided: Collection[str]) -> tuple[Counter[Kind], Counter[Kind]]:
        """How many there are of each kind, and how many of them are decided."""
        known = set(map(traffic.digest, decided))
        items = [(event, kind) for event, (_, kind) in self._last.items() if kind is not None]
        return Counter(kind for _, kind in items), Counter(kind for event, kind in items if event in known)
