"""A model's answer held against the contract and the rules -> Verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import narrow
from processor.core.judging import answer, rulebook
from processor.core.records import Answered, Completion, Event, Reason, Verdict, Violation

if TYPE_CHECKING:
    from processor.core.task import Task


def judge(task: Task, event: Event, answered: Answered, guard: rulebook.Guard = rulebook.unguarded) -> Verdict:
    """Check in this order: was it answered at all, is it whole, is it JSON, does it fit the schema, do the rules hold.

    Rules see only answers that fit the schema, and nothing but event, typed answer and passages; `guard` watches over
    their time.
    """
    if answered.against is not None:
        return Verdict(None, (answered.against,))
    completion = answered.completion
    if stopped := _stopped(completion):
        return stopped
    try:
        found = answer.parse(completion.text, completion.response_format)
    except ValueError:
        expected = "one JSON object and nothing around it"
        return Verdict(None, (Violation("$", "json", "The answer is not a JSON object.", expected=expected),))
    violations = narrow.contract(task, answered.passages).check(found)
    if violations:
        return Verdict(found, violations)
    return rulebook.apply(task, event, found, answered.passages, guard)


def _stopped(completion: Completion) -> Verdict | None:
    """What an answer that did not come to its end means."""
    if completion.finish_reason == "content_filter":
        return Verdict(None, review=Reason.CONTENT_FILTER, detail="the provider's filter stopped the answer")
    if completion.refusal:
        return Verdict(None, review=Reason.REFUSAL, detail="the model declined to answer")
    if completion.finish_reason == "length":
        message = "The answer was cut off before its end."
        return Verdict(None, (Violation("$", "truncated", message, expected="a shorter answer that ends"),))
    return None
