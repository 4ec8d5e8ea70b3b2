"""The rungs of a task's ladder, each as a task that the worker's own pipeline takes. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import jinja2

from processor.core import comparing
from processor.core.definition import Accept, ModelStep, NeighboursStep

if TYPE_CHECKING:
    from processor.core.task import Task
    from processor.measure.records import RungName

NOTHING = jinja2.Template("")
"""A query that finds nothing. The tables stay, since prompts may name what they find."""


def variant(task: Task, rung: RungName) -> Task | None:
    """The task as it is on a rung; None where it has no such rung. Of a variant it is the variant itself.

    - `vote`: the nearest labelled examples' majority, whatever it is; None without examples or a field to vote about.
    - `prompt`: the first model step alone; nothing is found, narrowed or ruled, any answer within the contract will do.
    - `retrieval`: the same step with what is found, narrowed by it; where nothing is found, not narrowed. None where
      the task retrieves nothing.
    - `rules`: the task itself.

    Raises:
        ValueError: for `people`, whose figures are computed from those of `rules` (`ladder.people`).
    """
    if rung == "people":
        raise ValueError("people are not run: their figures are computed from those of `rules`")
    if rung == "rules":
        return task
    if rung == "vote":
        return _vote(task)
    step = next((step for step in task.definition.step if step.kind == "model"), None)
    if step is None or (rung == "retrieval" and not task.definition.retrieval):
        return None
    alone = _with(task, step=(_open(step),), narrow={})
    if rung == "prompt":
        tables = len(task.queries)
        return dataclasses.replace(alone, queries=(NOTHING,) * tables, filters=({},) * tables)
    # What is not found must not send a case to people here: that is for the task's own rung.
    open_ended = {path: table.model_copy(update={"fallback": "all"}) for path, table in task.definition.narrow.items()}
    return _with(alone, narrow=open_ended)


def _vote(task: Task) -> Task | None:
    kept = [number for number, table in enumerate(task.definition.retrieval) if table.kind == "example"]
    place = comparing.class_place(task.definition, task.contract)
    if not kept or not place:
        return None
    step = NeighboursStep(kind="neighbours", field=place, accept=Accept(agreement=1))
    tables = tuple(task.definition.retrieval[number] for number in kept)
    made = _with(task, step=(step,), narrow={}, retrieval=tables)
    return dataclasses.replace(
        made,
        queries=tuple(task.queries[number] for number in kept),
        filters=tuple(task.filters[number] for number in kept),
    )


def _open(step: ModelStep) -> ModelStep:
    """The step with nothing that its answer needs besides the contract.

    It asks for log-probabilities as before: it is the same call, and is paid for once.
    """
    logprobs = step.logprobs or step.accept.confidence is not None
    return step.model_copy(update={"accept": Accept(), "field": None, "logprobs": logprobs})


def _with(task: Task, **changes: Any) -> Task:
    """The task without its rules, and with parts of its definition changed."""
    return dataclasses.replace(task, rules=(), definition=task.definition.model_copy(update=changes))
