"""What a task's rules say of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.judging import rulebook
from processor.core.records import Reason
from tests import builders

if TYPE_CHECKING:
    from processor.core.records import Passage, Violation
    from processor.core.task import Task


def fired(task: Task, given: Any, answer: Any, passages: tuple[Passage, ...] = ()) -> dict[str, Violation]:
    """The first violation or warning of each rule that objects, by its name; no rule may fail."""
    found = rulebook.apply(task, builders.event(input=given), answer, passages, rulebook.unguarded)
    assert found.review is not Reason.RULE_FAILED, found.detail
    return {each.rule: each for each in reversed((*found.violations, *found.warnings))}
