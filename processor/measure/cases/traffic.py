"""What results and review items say of a task's traffic, message by message: counts are kept, and no bodies."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from processor.measure.cases.values import Traffic, VersionSeen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from processor.core.views.outcomes import Outcome
    from processor.measure.scoring import Scorer

LEAST_DAYS = 1.0
"""Days that traffic is at the least spread over: events of an hour say nothing of a night."""

DAY = 86_400

_KINDS = {"result": 1, "person": 2, "review": 4}
"""What may become of an event, each a bit."""

_BITS = len(_KINDS)


class Meter:
    """Counts what became of a task's events. A message that was delivered twice counts once."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        # By a digest of an event's id: what became of it, then the same for each replay, three bits each.
        self._events: dict[bytes, int] = {}
        self._first: int | None = None
        self._versions: dict[str, list[int]] = {}
        self._labels: dict[date, Counter[str]] = {}
        self._tokens = (0, 0)
        self._metered, self._priced, self._usd = 0, 0, Decimal(0)

    def result(self, found: Outcome, replay: int) -> None:
        """Count a result; `replay` is how often its event had been sent through again."""
        at = found.message.origin.timestamp_ms
        person = found.record.get("decided_by") == "person"
        if not self._count(found, "person" if person else "result", replay):
            return
        answer = found.record.get("answer")
        label = self._scorer.class_of(answer) if isinstance(answer, dict) else ""
        if label and not (person and self._has(found, "result", replay)):  # an audit's: it is the model's answers' mix
            self._labels.setdefault(_time(at).date(), Counter())[label] += 1
        if person:
            return  # what models took of it is in its review item
        version = self._versions.setdefault(str(found.record.get("version", "")), [0, at, at])
        version[:] = version[0] + 1, min(version[1], at), max(version[2], at)
        self._meter(found.record)

    def review(self, found: Outcome, replay: int) -> None:
        """Count a review item, likewise; an audit is of a result, which is counted as such."""
        if found.record.get("inclusion") is None and self._count(found, "review", replay):
            self._meter(found.record)

    def undecided(self, decided: Iterable[str]) -> int:
        """How many events have a model's result, and are not among those with these ids."""
        known = {digest(event_id) for event_id in decided}
        return sum(1 for event, what in self._events.items() if what & _KINDS["result"] and event not in known)

    def traffic(self, now: datetime, since: datetime | None = None) -> Traffic:
        """What was counted, as of now; `since` is the time that was asked for, where it is less than a day ago."""
        asked = LEAST_DAYS if since is None else min(LEAST_DAYS, (now - since).total_seconds() / DAY)
        days = 0.0 if self._first is None else max(asked, (now - _time(self._first)).total_seconds() / DAY)
        versions = [VersionSeen(name, seen[0], _time(seen[1]), _time(seen[2])) for name, seen in self._versions.items()]
        each = max(1, self._metered)
        return Traffic(
            events=len(self._events),
            days=days,
            results=self._having("result", "person"),
            people=sum(1 for what in self._events.values() if _needed_people(what)),
            input_tokens=self._tokens[0] / each,
            output_tokens=self._tokens[1] / each,
            usd=float(self._usd / self._priced) if self._priced else None,
            versions=tuple(sorted(versions, key=lambda seen: (seen.first, seen.version))),
            labels={day: dict(sorted(counts.items())) for day, counts in sorted(self._labels.items())},
        )

    def _having(self, *kinds: str) -> int:
        bits = sum(_KINDS[kind] for kind in kinds)
        return sum(1 for what in self._events.values() if what & bits)

    def _has(self, found: Outcome, kind: str, replay: int) -> bool:
        return bool(self._events.get(digest(found.event_id), 0) & _delivery(kind, replay))

    def _count(self, found: Outcome, kind: str, replay: int) -> bool:
        """Whether it is the first delivery of it; counts its event."""
        event, at = digest(found.event_id), found.message.origin.timestamp_ms
        before = self._events.get(event, 0)
        delivery = _delivery(kind, replay)
        if before & delivery:
            return False
        self._events[event] = before | delivery | _KINDS[kind]
        self._first = at if self._first is None else min(self._first, at)
        return True

    def _meter(self, record: Mapping[str, Any]) -> None:
        usage = record.get("usage")
        tokens = [_count(usage, name) for name in ("input_tokens", "output_tokens")]
        if None in tokens:
            return
        self._metered += 1
        self._tokens = self._tokens[0] + (tokens[0] or 0), self._tokens[1] + (tokens[1] or 0)
        cost = _dollars(record.get("cost_usd"))
        if cost is not None:
            self._usd += cost
            self._priced += 1


def _delivery(kind: str, replay: int) -> int:
    return _KINDS[kind] << _BITS * (replay + 1)


def _needed_people(what: int) -> bool:
    """Whether a person's result is what became of it in any round: one beside a model's result is an audit's."""
    rounds = what >> _BITS
    while rounds:
        if rounds & _KINDS["person"] and not rounds & _KINDS["result"]:
            return True
        rounds >>= _BITS
    return False


def _count(usage: Any, name: str) -> int | None:
    """A number of tokens; None where a record, which anybody may have written, has none."""
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _dollars(cost: Any) -> Decimal | None:
    """A cost; None where it is not known."""
    try:
        found = Decimal(cost) if isinstance(cost, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and found >= 0 else None


def digest(event_id: str) -> bytes:
    """What is kept of an event's id, to know it again."""
    return hashlib.blake2b(event_id.encode("utf-8", "replace"), digest_size=8).digest()


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
