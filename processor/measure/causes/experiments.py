"""The experiments on a failed case, each as what the worker's own pipeline takes: a task, attempts, what is found.

Pure, but for the note that a run takes of what was found.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.core.definition import ModelStep, Retrieval
from processor.core.records import Violation
from processor.measure.causes import restated
from processor.measure.running import rungs

if TYPE_CHECKING:
    from processor.core.definition import Step
    from processor.core.records import Attempt, Passage
    from processor.core.task import Task
    from processor.measure.records import Outcome

NOT_SURE = {
    "model": Violation("$", "confidence", "The model is not sure enough of the answer."),
    "neighbours": Violation("$", "agreement", "Too few retrieved examples agree."),
}
"""What stands against an answer that a higher threshold would not have accepted, by the kind of its step."""

Found = Callable[[tuple["Passage", ...]], tuple["Passage", ...]]


@dataclass(frozen=True)
class Experiment:
    """How to walk: with which task, after which attempts, and what becomes of what is found."""

    task: Task
    attempts: tuple[Attempt, ...] = ()
    found: Found | None = None


@dataclass(frozen=True)
class Setting:
    """One failure, and all that can be put in.

    Attributes:
        whole: the task as it stands.
        task: the same on the rung of the failure.
        outcome: the failure.
        oracle: the passages to put in.
        stated: the violations to state.
        seen: ids of all that was found when the case was walked again, whether it was shown or not.
    """

    whole: Task
    task: Task
    outcome: Outcome
    oracle: tuple[Passage, ...] = ()
    stated: tuple[Violation, ...] = ()
    seen: set[str] = field(default_factory=set)

    def again(self) -> Experiment:
        """As it was."""
        return Experiment(self.task, found=self._note)

    def context(self) -> Experiment | None:
        """With the knowledge put in; None where there is none."""
        return None if not self.oracle else Experiment(roomy(self.task, self.oracle), found=self._put_in)

    def constraint(self) -> Experiment | None:
        """With the violated constraint stated, as the pipeline itself states it; None where nothing was violated."""
        if not self.stated or not self.outcome.attempts:
            return None
        last = dataclasses.replace(self.outcome.attempts[-1], number=1, violations=self.stated)
        return Experiment(correcting(self.whole, self.task, self._failed), (last,))

    def onward(self) -> Experiment | None:
        """As if the step had not accepted its wrong answer; None where no other kind of step, or model, comes after it.

        The next step hears what it always hears of an answer that falls short of a threshold.
        """
        steps = self.task.definition.step
        failed = steps[self._failed]
        rest = tuple(itertools.dropwhile(lambda each: _asks_as(each, failed), steps[self._failed + 1 :]))
        if not self.outcome.silent or not rest or not self.outcome.attempts:
            return None
        last = dataclasses.replace(self.outcome.attempts[-1], number=1, violations=(NOT_SURE[failed.kind],))
        return Experiment(with_steps(self.task, (failed, *rest)), (last,))

    def both(self) -> Experiment | None:
        """The knowledge, with the violation stated or, where there is none, without the step that accepted it."""
        second = self.constraint() or self.onward()
        if second is None or not self.oracle:
            return None
        return Experiment(roomy(second.task, self.oracle), second.attempts, self._put_in)

    def shows(self, outcome: Outcome) -> bool:
        """Whether the last answer of a replay was made from what was put in."""
        return bool({each.id for each in self.oracle} & {each.id for each in outcome.passages})

    @property
    def _failed(self) -> int:
        """The index of the step whose answer it was; 0 where none was taken."""
        made = self.outcome.attempts
        return min(made[-1].number - 1, len(self.task.definition.step) - 1) if made else 0

    def _note(self, found: tuple[Passage, ...]) -> tuple[Passage, ...]:
        self.seen.update(passage.id for passage in found)
        return found

    def _put_in(self, found: tuple[Passage, ...]) -> tuple[Passage, ...]:
        """The oracle before what had been shown; what had not fitted stays out, so that nothing else changes."""
        own = {(passage.retrieval, passage.content_hash) for passage in self.oracle}
        cut = set(self.outcome.cut)
        rest = [each for each in found if each.id not in cut and (each.retrieval, each.content_hash) not in own]
        # The nearest example stands next to the question, and breaks ties of a vote.
        score = max((each.score for each in found), default=1.0)
        return (*(dataclasses.replace(each, score=score) for each in self.oracle), *rest)


def roomy(task: Task, oracle: tuple[Passage, ...]) -> Task:
    """The task with room in its [[retrieval]] tables for what is put in; the whole prompt's budget stays as it is.

    A table that it lacks is added, for what no table would find.
    """
    sizes: dict[str, int] = {}
    for passage in oracle:
        sizes[passage.retrieval] = sizes.get(passage.retrieval, 0) + _size(passage)
    first = {table.name: number for number, table in reversed(list(enumerate(task.definition.retrieval)))}
    tables = [
        table.model_copy(update={"max_tokens": table.max_tokens + sizes.get(table.name, 0)})
        if first[table.name] == number
        else table
        for number, table in enumerate(task.definition.retrieval)
    ]
    added = [
        Retrieval(kind=passage.kind, name=passage.retrieval, query="-", max_tokens=sizes[passage.retrieval])
        for passage in {each.retrieval: each for each in oracle if each.retrieval not in first}.values()
    ]
    made = _with(task, retrieval=(*tables, *added))
    return dataclasses.replace(
        made,
        queries=(*task.queries, *[rungs.NOTHING] * len(added)),
        filters=(*task.filters, *[{}] * len(added)),
        prompts={name: restated.Restated(own) for name, own in task.prompts.items()},
    )


def correcting(whole: Task, task: Task, failed: int) -> Task:
    """The task with two steps: the one that failed, and one that corrects it: the task's next, else the same again."""
    step = task.definition.step[failed]
    following = _following(whole.definition.step, step)
    made = with_steps(task, (step, following))
    prompts = {**whole.prompts, **task.prompts}
    return dataclasses.replace(made, prompts={name: restated.Restated(own) for name, own in prompts.items()})


def with_steps(task: Task, steps: tuple[Step, ...]) -> Task:
    """The same task with other steps, all of which it has prompts and endpoints for."""
    return _with(task, step=steps)


def _following(steps: tuple[Step, ...], step: Step) -> Step:
    """The model step after a step of the ladder; itself where none follows."""
    at = next((number for number, each in enumerate(steps) if _same(each, step)), len(steps))
    return next((each for each in steps[at + 1 :] if each.kind == "model"), step)


def _same(one: Step, other: Step) -> bool:
    """Whether two steps are the same one, on whatever rung."""
    return _asks_as(one, other) and one.name == other.name


def _asks_as(one: Step, other: Step) -> bool:
    """Whether two steps ask the same: the same model, or both the examples."""
    if isinstance(one, ModelStep) and isinstance(other, ModelStep):
        return one.model == other.model
    return one.kind == other.kind


def _size(passage: Passage) -> int:
    """Tokens that a passage takes at the most: of what a tokenizer makes of it, as an example's two turns."""
    texts = (passage.title, passage.text, passage.input or "", passage.answer or "")
    return 40 + sum(len(text.encode()) for text in texts)


def _with(task: Task, **changes: Any) -> Task:
    return dataclasses.replace(task, definition=task.definition.model_copy(update=changes))
