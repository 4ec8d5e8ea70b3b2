"""How a demo ended, as values: for the summary and for `--json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.demo import accuracy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.demo.accounts import Books
    from processor.demo.accuracy import Accuracy
    from processor.demo.correction import Loop
    from processor.demo.plan import Plan
    from processor.demo.samples import Sample
    from processor.demo.story import Line


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told at the end.

    Attributes:
        plan: what was to be done.
        samples: the messages by their identities (`accounts.identity`).
        books: kept from an independent reading of the topics.
        lag: of the workers' group, from the broker.
        working: seconds from the last message's sending to the last decision.
        trouble: why it ended early; empty where it did not.
        story: the workers' lines about one event that was retried; empty where none was.
        stages: seconds of each stage.
        loop: a message that was corrected and sent again; None where it did not come to that.
    """

    plan: Plan
    samples: Mapping[str, Sample]
    books: Books
    lag: int
    working: float
    trouble: str = ""
    story: Sequence[Line] = ()
    stages: Mapping[str, float] = field(default_factory=dict)
    loop: Loop | None = None

    @property
    def complaints(self) -> list[str]:
        """Why the run fell short; empty where every sum holds."""
        return [*([self.trouble] if self.trouble else []), *self.books.complaints(self.lag)]

    @property
    def rate(self) -> float:
        """Settled messages a second while the workers worked."""
        return self.books.settled / self.working if self.working > 0 else 0.0

    @property
    def accuracies(self) -> dict[str, Accuracy]:
        """By task, for those that have labelled messages."""
        found = {task: accuracy.of(self._cases(task)) for task in self.plan.shown}
        return {task: measured for task, measured in found.items() if measured is not None}

    @property
    def parts(self) -> dict[str, Books]:
        """The books by task."""
        by_task: dict[str, set[str]] = {task: set() for task in self.plan.shown}
        for identity, sample in self.samples.items():
            by_task[sample.task].add(identity)
        return {task: self.books.of(identities) for task, identities in by_task.items()}

    def _cases(self, task: str) -> list[accuracy.Case]:
        cases = []
        for identity, sample in self.samples.items():
            if sample.task == task:
                record = self.books.results[identity].record if identity in self.books.results else {}
                answer, model = record.get("answer"), str(record.get("model", ""))
                cases.append(accuracy.Case(sample.expected, answer, model, bool(record.get("warnings"))))
        return cases

    def fields(self) -> dict[str, Any]:
        """The object that `--json` ends with."""
        usage, cost = self.books.usage, self.books.cost
        return {
            "produced": len(self.books.produced),
            "results": len(self.books.results),
            "retried": len(self.books.retried),
            "review": len(self.books.review),
            "audits": len(self.books.audits),
            "lost": len(self.books.lost),
            "lag": self.lag,
            "tokens": usage.total,
            "seconds": round(sum(self.stages.values()), 2),
            "rate": round(self.rate, 3),
            "duplicates": self.books.repeats,
            "in_both": len(self.books.twice),
            "reasons": self.books.reasons,
            "usage": {"input": usage.input_tokens, "output": usage.output_tokens, "cached": usage.cached_tokens},
            "cost_usd": None if cost is None else f"{cost:f}",
            "calls": self.books.calls,
            "accepted": self.books.accepted,
            "tasks": {task: _part(books, self.plan.held.get(task)) for task, books in self.parts.items()},
            "accuracy": {task: _accuracy(found) for task, found in self.accuracies.items()},
            "complaints": self.complaints,
            "correction": None if self.loop is None else self.loop.fields(),
            "stages": {name: round(seconds, 2) for name, seconds in self.stages.items()},
            "topic_prefix": self.plan.settings.topic_prefix,
            "group": self.plan.settings.group,
            "project": str(self.plan.settings.project.resolve()),
        }


def _part(books: Books, held: int | None) -> dict[str, Any]:
    usage, cost = books.usage, books.cost
    return {
        "produced": len(books.produced),
        "of": len(books.produced) if held is None else held,
        "results": len(books.results),
        "retried": len(books.retried),
        "review": len(books.review),
        "reasons": books.reasons,
        "tokens": usage.total,
        "usage": {"input": usage.input_tokens, "output": usage.output_tokens, "cached": usage.cached_tokens},
        "cost_usd": None if cost is None else f"{cost:f}",
        "accepted": books.accepted,
    }


def _accuracy(found: Accuracy) -> dict[str, Any]:
    return {
        "fields": {name: share.fields() for name, share in found.fields.items()},
        "whole": found.whole.fields(),
        "models": {name: share.fields() for name, share in found.models.items()},
        "unremarked": found.unremarked.fields(),
        "settled_without_a_person": found.settled.fields(),
    }
