"""What a failure was: whether the answer was right after all, and what had stood against it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.judging import verdict
from processor.core.records import Answered, Completion, Reason

if TYPE_CHECKING:
    from processor.core.judging import rulebook
    from processor.core.records import Event, Violation
    from processor.core.task import Task
    from processor.measure.records import Outcome

THRESHOLDS = frozenset({"confidence", "agreement"})
"""Violations that say nothing of the answer itself, only how sure one can be of it: there is nothing to state."""

NEVER = frozenset(
    {
        Reason.UNDECODABLE,
        Reason.UNKNOWN_TASK,
        Reason.INVALID_INPUT,
        Reason.INPUT_TOO_LARGE,
        Reason.RULE_FAILED,
        Reason.REQUEST_REJECTED,
        Reason.CALL_FAILED,
        Reason.INTERNAL_ERROR,
    }
)
"""Why a case goes to people whatever a model knows or can do."""


def right(outcome: Outcome) -> bool:
    """Whether the answer is right, accepted or held back by a threshold or a rule that wants a person."""
    if outcome.accepted:
        return outcome.score.right
    if outcome.offered is None or not outcome.offered_score.right:
        return False
    held_back = bool(outcome.violations) and all(each.rule in THRESHOLDS for each in outcome.violations)
    return held_back or outcome.reason is Reason.RULE


def stopped(outcome: Outcome) -> bool:
    """Whether it could never come to an answer, whatever is put in."""
    return outcome.reason in NEVER


def stated(task: Task, event: Event, outcome: Outcome, guard: rulebook.Guard) -> tuple[Violation, ...]:
    """What stands against the answer by contract and rules, warnings too: what can be stated without the label.

    Args:
        task: as it stands, with all its rules, also where the rung of the failure has none.
        event: of the case.
        outcome: the failure.
        guard: holds the rules to their time.
    """
    found = [*outcome.violations, *_judged(task, event, outcome, guard)]
    once = {(each.path, each.rule): each for each in reversed(found) if each.rule not in THRESHOLDS}
    return tuple(reversed(once.values()))


def _judged(task: Task, event: Event, outcome: Outcome, guard: rulebook.Guard) -> tuple[Violation, ...]:
    if not outcome.attempts:
        return ()
    last = outcome.attempts[-1]
    completion = Completion(
        last.answer, last.finish_reason, last.model, last.usage, last.seconds, response_format="text"
    )
    try:
        judged = verdict.judge(task, event, Answered(completion, outcome.passages), guard)
    except errors.Refused:  # [narrow] wants a person where nothing was retrieved: there is no contract to hold it to
        return ()
    return (*judged.violations, *judged.warnings)
