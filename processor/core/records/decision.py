"""What an answer is worth, and what becomes of the event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from processor.core.contracts.contract import Contract
    from processor.core.definition import Calibration
    from processor.core.records.attempt import Attempt, Usage, Violation
    from processor.core.records.event import Message, Work
    from processor.core.records.passage import Passage
    from processor.core.records.prompt import Completion, Size
    from processor.core.records.ruling import Ruling


class Reason(StrEnum):
    """Why an event goes to people: a closed list, so that queues and dashboards can rely on it."""

    UNDECODABLE = "undecodable"  # the bytes are no event in any known format
    UNKNOWN_TASK = "unknown_task"  # no such task in the project
    INVALID_INPUT = "invalid_input"  # the task's input schema refuses it
    INPUT_TOO_LARGE = "input_too_large"  # the input alone is over the prompt's budget; it is never cut silently
    NOTHING_RETRIEVED = "nothing_retrieved"  # no value was found for a place that [narrow] sends to people then
    STEPS_EXHAUSTED = "steps_exhausted"  # no step's answer was accepted and none is left
    RULE = "rule"  # a rule that always wants a person
    RULE_FAILED = "rule_failed"  # a rule function raised
    REFUSAL = "refusal"  # the model declined to answer
    CONTENT_FILTER = "content_filter"  # the provider's filter stopped the answer
    BUDGET_SPENT = "budget_spent"  # the task's tokens or money for one event are used up
    REQUEST_REJECTED = "request_rejected"  # a request that the model can never accept
    CALL_FAILED = "call_failed"  # calls for this event fail again and again while those for others pass
    INTERNAL_ERROR = "internal_error"  # a defect of untuned; the event is kept and the worker goes on
    AUDIT = "audit"  # nothing is wrong with it: a random share of the results is looked at, too


@dataclass(frozen=True, slots=True)
class Answered:
    """What a step gave: its answer, the passages that it was made from, and the ids of those that did not fit.

    `against` keeps the answer from being accepted whatever it says (too few examples agree). `size` is that
    of its prompt, where a model was asked.
    """

    completion: Completion
    passages: tuple[Passage, ...]
    cut: tuple[str, ...] = ()
    against: Violation | None = None
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer stands against the contract and the rules.

    `answer` is the answer as the model gave it, parsed; None where it is no JSON object. `review` says that a person
    must look whatever other steps are left, and `detail` why, in one line (for a rule that raised: its traceback).
    """

    answer: Mapping[str, Any] | None
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    review: Reason | None = None
    detail: str = ""

    @property
    def accepted(self) -> bool:
        """Whether nothing stands against the answer."""
        return not self.violations and self.review is None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a decision was made from.

    `version` is the task definition's content hash, `durations` seconds by stage (`retrieve`, `render`, `complete`,
    `judge`) of the last attempt, `cost` US dollars over all attempts or None where a price is not known; `size` is
    that of the last attempt's prompt, None where no model was asked.
    """

    version: str
    passages: tuple[Passage, ...]
    cut: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    usage: Usage
    cost: Decimal | None
    durations: Mapping[str, float]
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The event is done: an accepted answer. Goes to the results topic.

    `contract` is what the answer was judged by and is written by, whatever becomes of the task meanwhile.
    `calibration` is what is promised of it, None where nothing is. `ruling` is the reviewer's where a person decided.
    `audit` is what goes to the review topic beside it where it was drawn to be looked at, else None.
    """

    work: Work
    answer: Mapping[str, Any]
    warnings: tuple[Violation, ...]
    provenance: Provenance
    contract: Contract
    calibration: Calibration | None = None
    ruling: Ruling | None = None
    audit: Review | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """The event is to be taken up again, as attempt `attempt`. Goes to the retry topic.

    Either its answer was not accepted and a step is left, or the same attempt must wait (it is *parked*, and keeps
    nobody waiting meanwhile); then it is due in `due_in` seconds.
    """

    work: Work
    attempt: int
    violations: tuple[Violation, ...]
    provenance: Provenance
    due_in: float = 0.0

    @property
    def parked(self) -> bool:
        """Whether it is the same attempt once more."""
        return self.attempt == self.work.attempt


@dataclass(frozen=True, slots=True)
class Review:
    """A person must look. Goes to the review topic.

    `work` is None where the bytes could not be decoded; `message` then keeps them. `detail` is one clear line (for a
    rule that raised: its traceback). `inclusion` is that of an audit.
    """

    reason: Reason
    detail: str
    message: Message
    work: Work | None = None
    violations: tuple[Violation, ...] = ()
    answer: Mapping[str, Any] | None = None
    provenance: Provenance | None = None
    inclusion: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A dependency is away: nothing is published, the same attempt is tried again.

    `retry_after` is what the dependency asked for, in seconds. `broken` means that waiting alone will not help
    (wrong key, missing collection), `suspect` that the event itself may be to blame: its call was made, and failed.
    """

    dependency: str
    detail: str
    retry_after: float | None = None
    broken: bool = False
    suspect: bool = False
    work: Work | None = None
    provenance: Provenance | None = None


Decision = Result | Retry | Review | Wait
