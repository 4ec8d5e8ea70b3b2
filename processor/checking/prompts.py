"""Whether the prompts of a task's steps can be filled for a message, before a worker finds out with every event."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from processor.core import errors, prompt
from processor.core.records import Attempt, Reason, Usage, Violation, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Event, Origin, Passage
    from processor.core.task import Task

BEFORE = Attempt(1, "", "", "{}", "stop", (Violation("$", "tried", "Wrong."),), Usage(), Decimal(0), 0.0)


def refused(task: Task, event: Event, passages: tuple[Passage, ...], origin: Origin) -> Iterator[str]:
    """One line, with the template's name, for each prompt that cannot be filled.

    The first passage of each retrieval stands for all: a template says the same of each.
    """
    first = tuple({passage.retrieval: passage for passage in reversed(passages)}.values())
    for number, step in enumerate(task.definition.step, start=1):
        if step.kind != "model":
            continue
        before = (BEFORE,) if number > 1 else ()
        try:
            prompt.render(task, Work(event, number, before, origin, origin, None), first)
        except errors.Refused as refusal:
            if refusal.reason is Reason.INVALID_INPUT:
                yield f"{step.prompt}: {refusal}"
