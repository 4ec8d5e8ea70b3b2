"""The books of one run: every message that was produced is in exactly one of results or review, or it is missing.

They are kept from what stands on the topics and from nothing that the workers say of themselves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from processor.core.records import Reason, Usage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from processor.core.views.outcomes import Outcome

Kind = Literal["results", "retry", "review"]


def identity(outcome: Outcome) -> str:
    """What an outcome is of: the event's id; where the bytes were no event, the message's place in the tasks topic."""
    record = outcome.record
    found = record.get("event_id") or (record.get("event") or {}).get("id")
    return str(found) if found else place(record.get("first") or {})


def place(origin: Mapping[str, Any]) -> str:
    """A message's place, from an envelope's `first` or `origin`, as `records.Origin` writes it."""
    return f"{origin.get('topic')}/{origin.get('partition')}/{origin.get('offset')}"


@dataclass
class Books:
    """What became of the messages in `produced`, by their identities.

    Attributes:
        produced: identities of all messages that were produced.
        results: the outcome by identity, for those with an accepted answer.
        review: the same for those that people must look at.
        audits: those with a result that people look at all the same, as a sample.
        retried: those that were on the retry topic.
        repeats: outcomes that were delivered twice (the same `ce_id`); each is counted once.
        foreign: outcomes of messages that this run has not produced.
        unreadable: outcomes that could not be decoded.
    """

    produced: Collection[str]
    results: dict[str, Outcome] = field(default_factory=dict)
    review: dict[str, Outcome] = field(default_factory=dict)
    audits: set[str] = field(default_factory=set)
    retried: set[str] = field(default_factory=set)
    repeats: int = 0
    foreign: int = 0
    unreadable: int = 0
    _seen: set[str] = field(default_factory=set)

    def add(self, kind: Kind, outcome: Outcome) -> None:
        """Enter an outcome that stands on the topic `kind`."""
        found = identity(outcome)
        if outcome.unreadable:
            self.unreadable += 1
        elif found not in self.produced:
            self.foreign += 1
        elif outcome.identity in self._seen:
            self.repeats += 1
        else:
            self._seen.add(outcome.identity)
            self._enter(kind, found, outcome)

    def _enter(self, kind: Kind, found: str, outcome: Outcome) -> None:
        if kind == "retry":
            self.retried.add(found)
        elif kind == "review" and outcome.record.get("reason") == Reason.AUDIT:
            self.audits.add(found)
        else:
            (self.results if kind == "results" else self.review)[found] = outcome

    def of(self, produced: Collection[str]) -> Books:
        """The books of some of the messages."""
        return Books(
            produced,
            results={name: outcome for name, outcome in self.results.items() if name in produced},
            review={name: outcome for name, outcome in self.review.items() if name in produced},
            audits=self.audits & frozenset(produced),
            retried=self.retried & frozenset(produced),
        )

    @property
    def settled(self) -> int:
        """How many are in results or review."""
        return len(self.results.keys() | self.review.keys())

    @property
    def lost(self) -> list[str]:
        """Those that are in neither."""
        return sorted(set(self.produced) - self.results.keys() - self.review.keys())

    @property
    def twice(self) -> list[str]:
        """Those that are in both, which must never be."""
        return sorted(self.results.keys() & self.review.keys())

    @property
    def reasons(self) -> dict[str, int]:
        """How many went to review, by reason, the most frequent first."""
        return dict(Counter(str(outcome.record.get("reason")) for outcome in self.review.values()).most_common())

    @property
    def usage(self) -> Usage:
        """Tokens of all settled messages, over all attempts."""
        given = [outcome.record.get("usage") or {} for outcome in self._settled()]
        return Usage(*(sum(int(each.get(name) or 0) for each in given) for name in _USAGE))

    @property
    def cost(self) -> Decimal | None:
        """US dollars for all settled messages, over all attempts; None where the price of a call is not known."""
        amount = Decimal(0)
        for outcome in self._settled():
            if outcome.record.get("attempts"):  # without a call there is nothing to pay
                cost = outcome.record.get("cost_usd")
                if cost is None:
                    return None
                amount += Decimal(cost)
        return amount

    @property
    def calls(self) -> dict[str, int]:
        """How many answers each model gave, accepted or not; `neighbours` are votes, where no model was asked."""
        found = (call for outcome in self._settled() for call in outcome.record.get("attempts") or ())
        return dict(Counter(str(call.get("model")) for call in found).most_common())

    @property
    def accepted(self) -> dict[str, int]:
        """How many accepted answers are of each model."""
        return dict(Counter(str(outcome.record.get("model")) for outcome in self.results.values()).most_common())

    def complaints(self, lag: int) -> list[str]:
        """Which sums do not hold; `lag` is the workers' group's, from the broker."""
        found = {
            f"{len(self.lost):,} of {len(self.produced):,} events are neither in results nor in review": self.lost,
            f"{len(self.twice):,} events are both in results and in review": self.twice,
            f"{self.unreadable:,} outcomes cannot be read": self.unreadable,
            f"the lag is {lag:,}": lag,
        }
        return [complaint for complaint, is_so in found.items() if is_so]

    def _settled(self) -> list[Outcome]:
        return [*self.results.values(), *self.review.values()]


_USAGE = ("input_tokens", "output_tokens", "cached_tokens")
