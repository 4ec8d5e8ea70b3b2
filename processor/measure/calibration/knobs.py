"""Which number of each step is chosen, and the task with all of them wide open or shut. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from processor.core import comparing
from processor.core.definition import Accept
from processor.measure.calibration.cascade import NO_THRESHOLD
from processor.measure.calibration.values import Knob

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from processor.core.definition import Step
    from processor.core.task import Task
    from processor.measure.calibration.values import Kind

SHUT: dict[str, float] = {"agreement": 10**9, "confidence": 2.0}
"""Thresholds that nothing reaches."""


def choose(task: Task, sure: Collection[int]) -> tuple[Knob, ...]:
    """One number for each step where there is one; what else the step asks for stays as it is written.

    Votes for a vote; for a model what its step asks for already, else its confidence where the server gives it, else
    the agreement of retrieved examples where the task has some.

    Args:
        task: the task.
        sure: the steps, counted from 1, whose server gives log-probabilities.
    """
    found = ((number, step, _kind(task, step, number in sure)) for number, step in enumerate(task.definition.step, 1))
    return tuple(Knob(number, step.name, kind) for number, step, kind in found if kind is not None)


def now(task: Task, knobs: Sequence[Knob]) -> tuple[float, ...]:
    """The thresholds as task.toml has them."""
    found = (getattr(task.definition.step[knob.step - 1].accept, knob.kind) for knob in knobs)
    return tuple(NO_THRESHOLD if value is None else float(value) for value in found)


def opened(task: Task, knobs: Sequence[Knob]) -> Task:
    """The task that keeps back no answer for its score; models are asked for it all the same."""
    return _with(task, knobs, {"agreement": None, "confidence": None}, least_votes=1)


def shut(task: Task, knobs: Sequence[Knob]) -> Task:
    """The task that keeps back every answer for its score; asked the same, since no prompt says a threshold."""
    return _with(task, knobs, SHUT, least_votes=int(SHUT["agreement"]))


def field(task: Task, step: Step) -> str:
    """What agreement is about at a step: as it says, else the answer's class; empty where there is none."""
    place = step.field or comparing.class_place(task.definition, task.contract)
    return place if place.removeprefix("$.") in task.contract.json_schema["properties"] else ""


def _kind(task: Task, step: Step, sure: bool) -> Kind | None:
    if step.kind == "neighbours" or (step.accept.agreement is not None and step.accept.confidence is None):
        return "agreement"
    if step.accept.confidence is not None or sure:
        return "confidence"
    some = any(retrieval.kind == "example" for retrieval in task.definition.retrieval)
    return "agreement" if some and field(task, step) else None


def _with(task: Task, knobs: Sequence[Knob], values: dict[str, Any], least_votes: int) -> Task:
    steps = list(task.definition.step)
    for knob in knobs:
        step = steps[knob.step - 1]
        value = least_votes if step.kind == "neighbours" else values[knob.kind]
        # Not checked anew: what shuts a step is no threshold that anybody may write.
        accept = Accept.model_construct(**{**dict(step.accept), knob.kind: value})
        changes: dict[str, Any] = {"accept": accept}
        if knob.kind == "agreement":
            changes["field"] = field(task, step)
        else:
            changes["logprobs"] = True
        steps[knob.step - 1] = step.model_copy(update=changes)
    made = task.definition.model_copy(update={"step": tuple(steps), "calibration": None})
    return dataclasses.replace(task, definition=made)
