"""What follows: a verdict or a failure, the attempt and the task's policy -> Decision. Pure tables, no action."""

from __future__ import annotations

import dataclasses
import traceback
from types import MappingProxyType
from typing import TYPE_CHECKING

from processor.core import auditing, calibration, cost, errors
from processor.core.records import (
    Answered,
    Attempt,
    Completion,
    Decision,
    Message,
    Provenance,
    Reason,
    Result,
    Retry,
    Review,
    Usage,
    Verdict,
    Wait,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.task import Task

TRACEBACK_FRAMES = 5

DETAIL_LIMIT = 8000
"""Characters of a defect's traceback; more is cut out of its middle."""

ANSWER_LIMIT = 8000
"""Characters of an answer that are kept with its attempt; the rest says nothing new to the next step or to a person."""


def after_verdict(
    message: Message,
    work: Work,
    task: Task,
    answered: Answered,
    verdict: Verdict,
    durations: Mapping[str, float],
) -> Decision:
    """Accepted: results. Not accepted: the next step while one is left and the budget allows it, else people."""
    attempt = _attempt(work, task, answered.completion, verdict)
    tried = dataclasses.replace(work, attempts=(*work.attempts, attempt))
    made = provenance(tried, task, answered, durations)
    if verdict.accepted:
        assert verdict.answer is not None
        covered = calibration.covering(task.calibration, tried.attempts)
        typed = task.contract.convert(verdict.answer)
        drawn = auditing.audit(task.definition.audit, message, tried, verdict.answer, made)
        return Result(tried, typed, verdict.warnings, made, task.contract, covered, audit=drawn)
    reason, detail = _why_not_again(tried, task, verdict)
    if reason is None:
        return Retry(tried, work.attempt + 1, verdict.violations, made)
    return Review(reason, detail, message, tried, verdict.violations, verdict.answer, made)


def after_failure(message: Message, work: Work | None, task: Task | None, failure: errors.StageError) -> Decision:
    """A stage failed: an event that can never pass goes to people; one that met an outage waits, nothing spent."""
    if isinstance(failure, errors.Refused):
        made = None if work is None or task is None else provenance(work, task)
        violations = work.attempts[-1].violations if work is not None and work.attempts else ()
        return Review(failure.reason, str(failure), message, work, violations, provenance=made)
    if isinstance(failure, errors.Unavailable | errors.Misconfigured):
        made = None if work is None or task is None else provenance(work, task)
        return dataclasses.replace(waiting(failure, work), provenance=made)
    raise TypeError(f"no decision for {type(failure).__name__}") from failure


def waiting(away: errors.Unavailable | errors.Misconfigured, work: Work | None) -> Wait:
    """A dependency is away or refuses us: the same again later."""
    if isinstance(away, errors.Misconfigured):
        return Wait(away.dependency, str(away), broken=True, work=work)
    suspect = not (away.limited or away.unreached)
    return Wait(away.dependency, str(away), away.retry_after, suspect=suspect, work=work)


def parked(work: Work, provenance: Provenance, seconds: float) -> Retry:
    """The same attempt once more, `seconds` from now."""
    violations = work.attempts[-1].violations if work.attempts else ()
    return Retry(work, work.attempt, violations, provenance, seconds)


def after_failed_calls(message: Message, work: Work, wait: Wait) -> Review:
    """Calls for this event fail again and again, and those for others pass: it is the event."""
    detail = f"{work.call_failures} calls failed while those of other events passed, the last one: {wait.detail}"
    return Review(Reason.CALL_FAILED, detail, message, work, provenance=wait.provenance)


def after_defect(message: Message, work: Work | None, defect: Exception) -> Review:
    """Something raised that must not: people see the event with the traceback's end."""
    detail = "".join(traceback.format_exception(defect, limit=-TRACEBACK_FRAMES))
    if len(detail) > DETAIL_LIMIT:  # an error may quote what could not be sent, and that would not fit here either
        detail = f"{detail[: DETAIL_LIMIT // 2]}…{detail[-DETAIL_LIMIT // 2 :]}"
    return Review(Reason.INTERNAL_ERROR, detail, message, work)


def less(message: Message, decision: Result | Retry | Review, defect: Exception) -> Review | None:
    """What people see of a decision that could not be written or sent: no answers, else only where the event stands.

    None where even that could not be sent.
    """
    work = decision.work
    if work is not None and not (isinstance(decision, Review) and decision.reason is Reason.INTERNAL_ERROR):
        return after_defect(message, dataclasses.replace(work, attempts=()), defect)
    if message.value is None or (isinstance(decision, Review) and decision.message.value is None):
        return None
    return after_defect(dataclasses.replace(message, value=None), None, defect)


def _why_not_again(tried: Work, task: Task, verdict: Verdict) -> tuple[Reason | None, str]:
    if verdict.review is not None:
        return verdict.review, verdict.detail
    steps = len(task.definition.step)
    if tried.attempt >= steps:
        return Reason.STEPS_EXHAUSTED, f"no answer was accepted in {steps} steps"
    budget = task.definition.budget
    if budget.tokens is not None and tried.usage.total >= budget.tokens:
        return Reason.BUDGET_SPENT, f"{tried.usage.total} of {budget.tokens} tokens are used up"
    spent = cost.total(attempt.cost for attempt in tried.attempts)
    if budget.usd is not None and spent is not None and spent >= budget.usd:
        return Reason.BUDGET_SPENT, f"{spent} of {budget.usd} US dollars are spent"
    return None, ""


def _attempt(work: Work, task: Task, completion: Completion, verdict: Verdict) -> Attempt:
    text = completion.text if len(completion.text) <= ANSWER_LIMIT else completion.text[: ANSWER_LIMIT - 1] + "…"
    return Attempt(
        number=work.attempt,
        step=task.definition.step[work.attempt - 1].name,
        model=completion.model,
        answer=text,
        finish_reason=completion.finish_reason,
        violations=verdict.violations,
        usage=completion.usage,
        cost=cost.of_call(completion.usage, completion.model, task.prices),
        seconds=completion.seconds,
        confidence=completion.confidence,
    )


def provenance(
    tried: Work, task: Task, answered: Answered | None = None, durations: Mapping[str, float] = MappingProxyType({})
) -> Provenance:
    """What is known of work so far: of a step that was taken, what it `answered` and how long its stages took."""
    return Provenance(
        version=task.version,
        passages=answered.passages if answered else (),
        cut=answered.cut if answered else (),
        attempts=tried.attempts,
        usage=sum((attempt.usage for attempt in tried.attempts), Usage()),
        cost=cost.total(attempt.cost for attempt in tried.attempts),
        durations=durations,
        size=answered.size if answered else None,
    )
