"""What can be refused about an event before anything is spent on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.records import Reason

if TYPE_CHECKING:
    from processor.core.records import Work
    from processor.core.task import Task


def check(task: Task, work: Work) -> None:
    """Hold the input against the task's [input] table, and the attempt against its steps.

    Raises:
        Refused: a required field is missing, no string or empty; or the task has fewer steps than were taken.
    """
    for name in task.definition.input.required:
        value = work.event.input.get(name)
        if not isinstance(value, str):
            raise errors.Refused(Reason.INVALID_INPUT, f"the input needs a string field `{name}`")
        if not value.strip():
            raise errors.Refused(Reason.INVALID_INPUT, f"the input's field `{name}` is empty")
    steps = len(task.definition.step)
    if work.attempt > steps:
        raise errors.Refused(Reason.STEPS_EXHAUSTED, f"attempt {work.attempt} is past the task's {steps} steps")
