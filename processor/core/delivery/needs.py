"""Which dependencies an attempt cannot do without: what waits when one of them is away, and what can go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from processor.core.records import Work
    from processor.core.task import Task


def of(task: Task, attempt: int = 1) -> frozenset[str]:
    """The names, as in `errors.Unavailable`, of what the attempt's step and the task's retrieval ask."""
    retrievals = task.definition.retrieval
    found = {"weaviate"} if retrievals else set()
    if any(retrieval.alpha > 0 for retrieval in retrievals):
        found.add("embeddings")
    steps = task.definition.step
    step = steps[min(attempt, len(steps)) - 1]
    if step.kind == "model":
        found.add(task.endpoints[step.model].dependency)
    return frozenset(found)


def keeps_others(tasks: Mapping[str, Task], work: Work, away: Collection[str], *, alone: bool = False) -> bool:
    """Whether work, while these dependencies are `away`, only takes the place of what could go on: another task's.

    `alone`: what it met is wrong with what its own task asks for (a collection is missing), and any other can go on.
    """
    mine = tasks.get(work.event.task)
    if mine is not None and alone and len(tasks) > 1:
        return True
    if mine is None or of(mine, work.attempt).isdisjoint(away):
        return False
    return any(of(task).isdisjoint(away) for task in tasks.values())
