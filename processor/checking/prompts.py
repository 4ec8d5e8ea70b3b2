"""Whether the prompts of a task's steps can be filled for a message, before a worker finds out with every event."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING

from processor.checking import labelled
from processor.core import errors, inputs
from processor.core.lookup import query
from processor.core.prompting import prompt
from processor.core.records import Attempt, Event, Origin, Reason, Usage, Violation, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.core.records import Passage
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


def try_one(task: Task, root: Path) -> None:
    """Fill the prompts for the first labelled message that a worker would take, if there is one.

    A worker does this with each version that it would use; `untuned check` does it with every message.

    Raises:
        DefinitionError: a prompt cannot be filled.
    """
    try:
        messages = labelled.read(root, task.name)
    except errors.DefinitionError:
        return  # labels are for people: a worker does not depend on them
    for message in messages:
        event = Event(message.id, task.name, message.input, attributes=message.attributes)
        origin = Origin(message.path, 0, message.line, 0)
        with contextlib.suppress(errors.Refused):
            inputs.check(task, Work(event, 1, (), origin, origin, None))
            query.build(task, event, "")
            for line in refused(task, event, (), origin):
                file, _, reason = line.partition(": ")
                raise errors.DefinitionError(f"tasks/{task.name}/{file}", reason)
            return
