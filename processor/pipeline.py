"""The whole way of one event, on one screen.

    message -> decode -> retrieve -> render -> complete (or a vote of neighbours) -> judge -> decide

Everything that touches the outside is injected; the outcome is a plain `Decision` that the stream adapter acts on.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core import errors, inputs, narrow, routing
from processor.core.judging import accept, ballot, rulebook, verdict
from processor.core.lookup import query, visibility
from processor.core.prompting import prompt
from processor.core.records import Answered, Completion, Decision, Message, Passage, Prompt, Query, Work

if TYPE_CHECKING:
    from processor.core.definition import NeighboursStep
    from processor.core.records import Verdict
    from processor.core.task import Task

Decode = Callable[[Message], Awaitable[Work]]
FindTask = Callable[[str], "Task"]
Retrieve = Callable[[tuple[Query, ...]], Awaitable[tuple[Passage, ...]]]
Complete = Callable[[Prompt], Awaitable[Completion]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages, wired once by `app.py`.

    `clock` counts seconds monotonically, `prefix` names the collections, `guard` holds rules to their time.
    """

    decode: Decode
    find_task: FindTask
    retrieve: Retrieve
    complete: Complete
    clock: Clock
    prefix: str
    guard: rulebook.Guard = rulebook.unguarded

    async def open(self, message: Message) -> Work | Decision:
        """The work in a message, or what becomes of one that holds none. Never raises for what a message holds."""
        try:
            return await self.decode(message)
        except errors.StageError as failure:
            return routing.after_failure(message, None, None, failure)
        except Exception as defect:  # noqa: BLE001 - a defect of ours must cost neither the event nor the worker
            return routing.after_defect(message, None, defect)

    async def attempt(self, message: Message, work: Work) -> Decision:
        """What becomes of the work by its present attempt. Never raises for what a model or a dependency does."""
        task: Task | None = None
        try:
            task = self.find_task(work.event.task)
            return await self._attempt(message, work, task)
        except errors.StageError as failure:
            return routing.after_failure(message, work, task, failure)
        except Exception as defect:  # noqa: BLE001 - a defect of ours must cost neither the event nor the worker
            return routing.after_defect(message, work, defect)

    async def _attempt(self, message: Message, work: Work, task: Task) -> Decision:
        times = [self.clock()]
        passages = await find_passages(task, work, self.retrieve, self.prefix)
        times.append(self.clock())
        answered = await self._answer(work, task, passages)
        times.append(self.clock())
        judged = self._judge(work, task, passages, answered)
        times.append(self.clock())
        return routing.after_verdict(message, work, task, answered, judged, _durations(times, answered))

    async def _answer(self, work: Work, task: Task, passages: tuple[Passage, ...]) -> Answered:
        step = task.definition.step[work.attempt - 1]
        if step.kind == "neighbours":
            return vote(task, step, passages)
        rendered = prompt.render(task, work, passages)
        return Answered(await self.complete(rendered), rendered.passages, rendered.cut, size=rendered.size)

    def _judge(self, work: Work, task: Task, passages: tuple[Passage, ...], answered: Answered) -> Verdict:
        step = task.definition.step[work.attempt - 1]
        judged = verdict.judge(task, work.event, answered, self.guard)
        return judged if step.kind == "neighbours" else accept.weigh(step, answered.completion, passages, judged)


async def find_passages(task: Task, work: Work, retrieve: Retrieve, prefix: str) -> tuple[Passage, ...]:
    """What is retrieved for an event whose input is as the task wants it, and may be seen for it.

    Raises:
        Refused: the input is not as the task wants it, or lacks what a query needs.
    """
    inputs.check(task, work)
    found = await retrieve(query.build(task, work.event, prefix))
    return visibility.permitted(task.definition.visibility, work.event, found)


def vote(task: Task, step: NeighboursStep, passages: tuple[Passage, ...]) -> Answered:
    """What the retrieved examples agree on, with the facts that [narrow] holds it to."""
    voted = ballot.vote(step, passages)
    return dataclasses.replace(voted, passages=(*voted.passages, *narrow.facts(task, passages)))


def _durations(times: list[float], answered: Answered) -> dict[str, float]:
    retrieve, answer, judge = (after - before for before, after in itertools.pairwise(times))
    called = answered.completion.seconds
    return {"retrieve": retrieve, "render": max(0.0, answer - called), "complete": called, "judge": judge}
