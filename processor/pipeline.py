"""The whole way of one event, on one screen.

    message -> decode -> retrieve -> render -> complete -> judge -> decide

Everything that touches the outside is injected; the outcome is a plain `Decision` that the stream adapter acts on.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core import errors, inputs, prompt, query, routing, verdict, visibility
from processor.core.records import Completion, Decision, Message, Passage, Prompt, Query, Work

if TYPE_CHECKING:
    from processor.core.task import Task

Decode = Callable[[Message], Work]
FindTask = Callable[[str], "Task"]
Retrieve = Callable[[tuple[Query, ...]], Awaitable[tuple[Passage, ...]]]
Complete = Callable[[Prompt], Awaitable[Completion]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages, wired once by `app.py`. `clock` counts seconds monotonically; `prefix` names the collections."""

    decode: Decode
    find_task: FindTask
    retrieve: Retrieve
    complete: Complete
    clock: Clock
    prefix: str

    async def handle(self, message: Message) -> Decision:
        """What becomes of a message. Never raises for what a message, a model or a dependency does."""
        work: Work | None = None
        task: Task | None = None
        try:
            work = self.decode(message)
            task = self.find_task(work.event.task)
            return await self._attempt(message, work, task)
        except errors.StageError as failure:
            return routing.after_failure(message, work, task, failure)
        except Exception as defect:  # noqa: BLE001 - a defect of ours must cost neither the event nor the worker
            return routing.after_defect(message, work, defect)

    async def _attempt(self, message: Message, work: Work, task: Task) -> Decision:
        inputs.check(task, work)
        times = [self.clock()]
        found = await self.retrieve(query.build(task, work.event, self.prefix))
        passages = visibility.permitted(task.definition.visibility, work.event, found)
        times.append(self.clock())
        rendered = prompt.render(task, work, passages)
        times.append(self.clock())
        completion = await self.complete(rendered)
        times.append(self.clock())
        judged = verdict.judge(task, work.event, completion, rendered.passages)
        times.append(self.clock())
        durations = dict(zip(("retrieve", "render", "complete", "judge"), _steps(times), strict=True))
        return routing.after_verdict(message, work, task, (rendered, completion), judged, durations)


def _steps(times: list[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(times)]
