"""One attempt at a case, by the worker's own pipeline."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from processor import app
from processor.core import errors
from processor.core.lookup import query
from processor.core.records import Message, Origin, Wait, Work
from processor.measure.running import apart, calls, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.adapters.telemetry import Story
    from processor.config import Settings
    from processor.core.definition import Step
    from processor.core.records import Completion, Passage, Prompt, Query
    from processor.core.task import Task
    from processor.measure.records import Case
    from processor.measure.running.outside import Outside

    Found = Callable[[tuple[Passage, ...]], tuple[Passage, ...]]

NOWHERE = Origin("", 0, 0, 0)
NO_MESSAGE = Message(NOWHERE, None, None)


@dataclass(frozen=True, slots=True)
class Wired:
    """What all attempts of a session share; `own` collects the ids of the cases that would have found themselves."""

    settings: Settings
    story: Story
    outside: Outside
    calls: calls.Calls
    own: set[str] = field(default_factory=set)


class Stages:
    """The stages of one attempt, and what they tell that a decision does not."""

    def __init__(self, wired: Wired, task: Task, case: Case, repeat: int, found: Found | None) -> None:
        self._wired = wired
        self._task = task
        self._case = case
        self._repeat = repeat
        self._found = found
        self._before = 0
        self._held = 0.0
        self._answer: calls.Answer | None = None
        self._failure: Exception | None = None

    async def run(self, work: Work) -> outcomes.Taken | Wait:
        """The attempt, unless something must be waited for.

        Raises:
            Misconfigured, Reached, UsageError: as `Session.attempt`; and what is wrong with the measurement itself.
        """
        wired = self._wired
        self._before = asked_before(self._task, work)
        pipeline = app.create_pipeline(
            wired.settings,
            lambda _: self._task,
            _no_message,
            self._retrieve,
            self._complete,
            wired.story,
            self._clock,
        )
        decision = await pipeline.attempt(NO_MESSAGE, work)
        if self._failure is not None:
            raise self._failure
        if isinstance(decision, Wait):
            if decision.broken:
                raise errors.Misconfigured(decision.dependency, decision.detail)
            return decision
        answer = self._answer
        if answer is None:
            return outcomes.Taken(decision)
        return outcomes.Taken(decision, answer.completion, int(answer.cached))

    def _clock(self) -> float:
        """Time without what a call was held up by our own limits; with what a cached one had taken when it was made."""
        return time.monotonic() - self._held

    async def _complete(self, prompt: Prompt) -> Completion:
        began = time.monotonic()
        with self._noting():
            self._answer = await self._wired.calls.complete(
                prompt, self._repeat, self._task.prices, before=self._before
            )
        completion = self._answer.completion
        self._held += time.monotonic() - began - completion.seconds
        return completion

    async def _retrieve(self, queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        passages = await self._others(tuple(each for each in queries if query.answerable(each)))
        if self._found is None:
            return passages
        with self._noting():
            return self._found(passages)

    async def _others(self, queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        """What is found, without the case itself; in its place comes what would have been found without it."""
        retrieve, event = self._wired.outside.retrieve, self._case.event
        passages = await retrieve(queries)
        own = len(passages) - len(apart.without(event, passages))
        if not own:
            return passages
        self._wired.own.add(self._case.id)
        found = [await retrieve((apart.wider(each, own),)) for each in queries]
        return apart.join(event, queries, found)

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        """What is no stage's failure is none of the case's: the pipeline would send the case to people for it."""
        try:
            yield
        except errors.StageError:
            raise
        except Exception as failure:
            self._failure = failure
            raise


def asked_before(task: Task, work: Work) -> int:
    """How many earlier attempts of this work asked the same model in the same way, whatever it took to accept them.

    A worker asks anew then, although the prompt may be the same: so must a measurement.
    """
    steps = task.definition.step
    made = [steps[attempt.number - 1] for attempt in work.attempts if attempt.number <= len(steps)]
    own = _way(steps[work.attempt - 1])
    return sum(_way(step) == own for step in made) if own else 0


def _way(step: Step) -> tuple[object, ...]:
    """How a step asks; empty for one that asks no model."""
    if step.kind == "neighbours":
        return ()
    return (step.prompt, step.model, step.max_tokens, step.temperature, step.examples)


async def _no_message(_: Message) -> Work:
    raise AssertionError("a case comes as work")
