"""A labelled case as one chat: what the task's own first prompt asks, and the labelled answer.

Nothing is retrieved: a tuned model is to know what the examples show, and facts that change have no place in weights.
A tuned model is asked as it was trained: with the task's prompt and without retrieval.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from processor.core import errors, inputs
from processor.core.contracts.shapes import containers
from processor.core.prompting import prompt
from processor.core.records import Origin, Work
from processor.measure.running import rungs
from processor.measure.scoring import plain
from processor.measure.training.values import Chat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.contracts.shapes.base import Shape
    from processor.core.task import Task
    from processor.measure.records import Case

BREAKS_CONTRACT = "the label is no whole answer"
REFUSED = "the prompt cannot be made"
DISAGREED = "those who labelled it disagree"


class Left(Exception):
    """A case cannot be trained on; its text says why, in a few words that can be counted."""


def chat(task: Task, case: Case) -> Chat:
    """One line of training data.

    Raises:
        Left: the label is no whole answer, its labels disagree, or the prompt cannot be made of the input.
        UsageError: the task asks no model.
    """
    asked = rungs.variant(task, "prompt")
    if asked is None:
        raise errors.UsageError(f"{task.name} asks no model: there is no prompt to train with")
    if case.agreed is False:
        raise Left(DISAGREED)
    answer = plain.of(task.contract.shape, case.expected)
    if task.contract.check(answer):
        raise Left(BREAKS_CONTRACT)
    origin = Origin(case.source, 0, 0, 0)
    work = Work(case.event, 1, (), origin, origin, None)
    try:
        inputs.check(asked, work)
        rendered = prompt.render(asked, work, ())
    except errors.Refused as refused:
        raise Left(REFUSED) from refused
    told = json.dumps(ordered(task.contract.shape, answer), ensure_ascii=False)
    messages = tuple({"role": each.role, "content": each.content} for each in rendered.messages)
    count = next(iter(asked.counters.values())).count
    tokens = sum(count(message["content"]) for message in messages) + count(told)
    return Chat(case.id, (*messages, {"role": "assistant", "content": told}), tokens)


def ordered(shape: Shape, value: Any) -> Any:
    """A JSON value with its properties in the contract's order, which is that of the model's schema."""
    shape = plain.branch(shape, value) or shape
    if isinstance(shape, containers.Object) and isinstance(value, dict):
        return {member.name: ordered(member.shape, value[member.name]) for member in _present(shape, value)}
    if isinstance(shape, containers.List) and isinstance(value, list):
        return [ordered(shape.items, item) for item in value]
    return value


def _present(shape: containers.Object, value: Mapping[str, Any]) -> list[containers.Member]:
    return [member for member in shape.members if member.name in value]
