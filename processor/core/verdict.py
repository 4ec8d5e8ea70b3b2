"""A model's answer held against the contract and the rules -> Verdict."""

from __future__ import annotations

import dataclasses
import json
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

from processor.core.records import Answered, Completion, Event, Passage, Reason, Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.task import Task

TRACEBACK_LIMIT = 4000
"""Characters of a rule's traceback that are kept."""


def judge(task: Task, event: Event, answered: Answered) -> Verdict:
    """Check in this order: was it answered at all, is it whole, is it JSON, does it fit the schema, do the rules hold.

    Rules see only answers that fit the schema, and nothing but event, typed answer and passages.
    """
    if answered.against is not None:
        return Verdict(None, (answered.against,))
    completion = answered.completion
    if stopped := _stopped(completion):
        return stopped
    try:
        answer = _parse(completion.text)
    except ValueError:
        expected = "one JSON object and nothing around it"
        return Verdict(None, (Violation("$", "json", "The answer is not a JSON object.", expected=expected),))
    violations = task.contract.check(answer)
    if violations:
        return Verdict(answer, violations)
    return _apply_rules(task, event, answer, answered.passages)


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


def _parse(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of error for all that is no JSON object
    return answer


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _apply_rules(task: Task, event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Verdict:
    typed = task.contract.convert(answer)
    violations: list[Violation] = []
    warnings: list[Violation] = []
    for_people: list[str] = []
    for rule in task.rules:
        try:
            found = rule.function(event, typed, passages)
        except Exception:  # noqa: BLE001 - whatever a rule raises, the event must go on, to people
            detail = f"rule {rule.name} raised\n{traceback.format_exc(limit=-5)[-TRACEBACK_LIMIT:]}"
            return Verdict(answer, tuple(violations), tuple(warnings), Reason.RULE_FAILED, detail)
        if found is None:
            continue
        named = dataclasses.replace(found, rule=rule.name)
        if rule.severity == "warning":
            warnings.append(named)
            continue
        violations.append(named)
        if rule.then == "review":
            for_people.append(rule.name)
    detail = f"rule {', '.join(for_people)} wants a person" if for_people else ""
    return Verdict(answer, tuple(violations), tuple(warnings), Reason.RULE if for_people else None, detail)
