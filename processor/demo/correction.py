"""A correction and what came of it, as values; and which message is worth one. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core.judging import accept
from processor.core.wire import plain
from processor.demo import accuracy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.task import Task
    from processor.core.views.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a message.

    Attributes:
        became: `result`, or the reason for which it went to review.
        by: the model of the last answer; empty where there was none.
        answer: the last answer; None where there was none.
        calls: how many answers were given, by models and votes.
        tokens: over all of them.
        cost: US dollars, as an exact decimal number; None where a price is not known.
        nearest: the id of the example that came first; empty where none was found.
    """

    became: str
    by: str
    answer: Mapping[str, Any] | None
    calls: int
    tokens: int
    cost: str | None
    nearest: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A message that was corrected, and sent once more under another id.

    Attributes:
        event: its id; `again` is the other one. Both are empty where no message qualified.
        why: why it was not done, or not to the end; empty where it was.
        right: what is labelled of its answer.
        decided: the whole answer that was given as a person's.
        before: what became of it.
        after: what became of the same message then.
        qualified: how many messages could have been taken.
    """

    why: str = ""
    event: str = ""
    again: str = ""
    right: Mapping[str, Any] | None = None
    decided: Mapping[str, Any] | None = None
    before: Seen | None = None
    after: Seen | None = None
    qualified: int = 0

    @property
    def better(self) -> bool:
        """Whether it was not answered right before, and was then."""
        return not self._is_right(self.before) and self._is_right(self.after)

    def _is_right(self, seen: Seen | None) -> bool:
        found = seen is not None and seen.became == "result"
        return found and accuracy.Case(self.right or {}, seen.answer if seen else None).right

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "event": self.event,
            "again": self.again,
            "before": _fields(self.before),
            "after": _fields(self.after),
            "better": self.better,
            "why": self.why,
        }


def seen(kind: str, outcome: Outcome) -> Seen:
    """What an outcome on the topic `kind` says of its message."""
    record = outcome.record
    attempts = record.get("attempts") or ()
    usage = record.get("usage") or {}
    nearest = _examples(record)
    answer = record.get("answer")
    return Seen(
        became="result" if kind == "results" else str(record.get("reason")),
        by=str(attempts[-1].get("model")) if attempts else "",
        answer=answer if isinstance(answer, dict) else None,
        calls=len(attempts),
        tokens=sum(int(usage.get(name) or 0) for name in ("input_tokens", "output_tokens")),
        cost=record.get("cost_usd"),
        nearest=str(nearest[0].get("id")) if nearest else "",
    )


def settles(
    task: Task, record: Mapping[str, Any], answer: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether a vote gives this answer once it is the nearest example's of all, by what was retrieved before.

    Args:
        task: the message's.
        record: a result or a review item.
        answer: the right one.
        known: the answers of the task's examples by their ids.
    """
    step = next((step for step in task.definition.step if step.kind == "neighbours"), None)
    if step is None or step.field is None:
        return False
    most = sum(each.top_k for each in task.definition.retrieval if each.kind == "example")
    others = [known[name] for each in _examples(record)[: most - 1] if (name := str(each.get("id"))) in known]
    labels = [answer, *others]
    ballots = [accept.value(step.field, label) for label in labels]
    winner = max(ballots, key=ballots.count)
    return ballots[0] == winner and accept.agreement(step, answer, labels) is None


def _examples(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The examples that were retrieved, the nearest first."""
    found = [each for each in record.get("passages") or () if each.get("kind") == "example"]
    return sorted(found, key=lambda each: -float(each.get("score") or 0))


def _fields(found: Seen | None) -> dict[str, Any] | None:
    if found is None:
        return None
    answer = None if found.answer is None else json.loads(plain.text(found.answer))
    return {
        "became": found.became,
        "by": found.by,
        "answer": answer,
        "calls": found.calls,
        "tokens": found.tokens,
        "cost_usd": found.cost,
        "nearest": found.nearest,
    }
