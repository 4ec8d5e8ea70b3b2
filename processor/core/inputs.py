"""What can be refused about an event before anything is spent on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.records import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.records import Work
    from processor.core.task import Task


def check(task: Task, work: Work) -> None:
    """Hold the input against the task's [input] table, and the attempt against its steps.

    Raises:
        Refused: a required field is missing, no string or empty; or the task has fewer steps than were taken.
    """
    if lacks := lacking(work.event.input, task.definition.input.required):
        raise errors.Refused(Reason.INVALID_INPUT, lacks)
    steps = len(task.definition.step)
    if work.attempt > steps:
        raise errors.Refused(Reason.STEPS_EXHAUSTED, f"attempt {work.attempt} is past the task's {steps} steps")


def lacking(given: Mapping[str, Any], required: Iterable[str]) -> str:
    """What an input lacks of the fields that [input] requires: the first one, in a sentence; empty where none."""
    for name in required:
        value = given.get(name)
        if not isinstance(value, str):
            return f"the input needs a string field `{name}`"
        if not value.strip():
            return f"the input's field `{name}` is empty"
    return ""
