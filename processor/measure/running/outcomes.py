"""What became of a case on a rung: the decisions on its attempts -> Outcome. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.core.judging import answer
from processor.core.records import Result, Retry, Review, Usage
from processor.core.wire import strict_json
from processor.measure.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from processor.core.records import Completion
    from processor.measure.records import Case, RungName, Score

Settled = Result | Retry | Review
"""A decision with outages waited out."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One attempt that was made: the decision, the model's answer (None where none was asked), how many were cached."""

    decision: Settled
    completion: Completion | None = None
    cached: int = 0

    @property
    def seconds(self) -> float:
        """Over its stages; none where it was refused before an answer."""
        made = self.decision.provenance
        return sum(made.durations.values()) if made else 0.0

    @property
    def offered(self) -> dict[str, Any] | None:
        """The answer as it was given, if it could be parsed."""
        try:
            if self.completion is not None:
                return answer.parse(self.completion.text, self.completion.response_format)
            # A vote: its answer is the text of a labelled example.
            return _object(self.decision.work.attempts[-1].answer if self.decision.work else "")
        except (ValueError, IndexError):
            return None


@dataclass(frozen=True, slots=True)
class Walked:
    """A case on a rung, from its first attempt to its end."""

    case: Case
    rung: RungName
    repeat: int
    taken: tuple[Taken, ...]
    score: Callable[[Mapping[str, Any], Mapping[str, Any] | None], Score] = field(repr=False)

    def outcome(self) -> Outcome:
        """All of it as one value."""
        decision = self.taken[-1].decision
        offered = next((found for each in reversed(self.taken) if (found := each.offered) is not None), None)
        accepted = offered if isinstance(decision, Result) else None
        made, work = decision.provenance, decision.work
        return Outcome(
            case=self.case.id,
            rung=self.rung,
            repeat=self.repeat,
            answer=accepted,
            offered=offered,
            score=self.score(self.case.expected, accepted),
            offered_score=self.score(self.case.expected, offered),
            reason=decision.reason if isinstance(decision, Review) else None,
            violations=() if isinstance(decision, Result) else decision.violations,
            attempts=work.attempts if work else (),
            passages=made.passages if made else (),
            cut=made.cut if made else (),
            usage=work.usage if work else Usage(),
            cost=None if made is None or made.cost is None else float(made.cost),
            seconds=sum(each.seconds for each in self.taken),
            cached=sum(each.cached for each in self.taken),
        )


def _object(text: str) -> dict[str, Any] | None:
    found = strict_json.loads(text)
    return found if isinstance(found, dict) else None
