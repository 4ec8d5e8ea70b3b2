"""Cases -> traces, by the worker's own pipeline: each step is taken open and shut, and both are followed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from processor.core.judging import accept, answer
from processor.core.records import Result, Retry, Review
from processor.measure.calibration import knobs as knob_choice
from processor.measure.calibration.cascade import ALWAYS, NEVER, Taken, Trace
from processor.measure.scoring import Scorer, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.core.records import Attempt, Passage, Work
    from processor.core.task import Task
    from processor.measure.calibration.values import Knob
    from processor.measure.records import Case
    from processor.measure.running.session import Session

    Settled = Result | Retry | Review


class Tracer:
    """Traces the cases of one task.

    Attributes:
        knobs: the steps' thresholds.
        models: that answered, as their servers named them.
        unpriced: those of them whose price is not known.
        sure: steps whose answer came with a confidence.
    """

    def __init__(self, session: Session, task: Task, knobs: Sequence[Knob]) -> None:
        self.knobs = tuple(knobs)
        self.models: set[str] = set()
        self.unpriced: set[str] = set()
        self.sure: set[int] = set()
        self._session = session
        self._task = task
        self._by_step = {knob.step: knob for knob in knobs}
        self._open = knob_choice.opened(task, knobs)
        self._shut = knob_choice.shut(task, knobs)
        self._scorer = Scorer(task)

    async def trace(self, case: Case) -> Trace:
        """All that may become of a case. What is asked twice is paid for once: the session keeps answers.

        Raises:
            Misconfigured, Reached, UsageError: as `Session.attempt`.
        """
        return Trace(case.id, await self._taken(case, None), self._scorer.class_of(case.expected))

    async def _taken(self, case: Case, work: Work | None) -> Taken:
        seen: list[Passage] = []

        def found(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
            seen[:] = passages
            return passages

        number = 1 if work is None else work.attempt
        decision = await self._session.attempt(self._open, case, work, found=found)
        attempt = _last(decision, number)
        if attempt is not None:
            self._note(number, attempt)
        accepted = isinstance(decision, Result)
        score = self._score(number, decision, attempt, seen)
        short = None
        if score < ALWAYS:
            kept_back = await self._session.attempt(self._shut, case, work)
            short = await self._after(case, kept_back)
        right = isinstance(decision, Result) and self._scorer.score(case.expected, decision.answer).right
        usd = 0.0 if attempt is None or attempt.cost is None else float(attempt.cost)
        enough = None if accepted else await self._after(case, decision)
        return Taken(number, score, accepted, right, usd, enough, short)

    async def _after(self, case: Case, decision: Settled) -> Taken | None:
        if not isinstance(decision, Retry):
            return None
        return await self._taken(case, dataclasses.replace(decision.work, attempt=decision.attempt))

    def _note(self, number: int, attempt: Attempt) -> None:
        self.models.add(attempt.model)
        if attempt.cost is None:
            self.unpriced.add(attempt.model)
        if attempt.confidence is not None:
            self.sure.add(number)

    def _score(self, number: int, decision: Settled, attempt: Attempt | None, retrieved: Sequence[Passage]) -> float:
        """What is held against the step's threshold.

        A model's answer that breaks contract or rules is kept back by no threshold; a vote is held against its own
        first. Where only the step's other threshold stands against an answer, the next step hears of this one, too.
        """
        knob = self._by_step.get(number)
        if knob is None or attempt is None:
            return ALWAYS
        vote = self._task.definition.step[number - 1].kind == "neighbours"
        if not (vote or isinstance(decision, Result) or _is_held_back(attempt)):
            return ALWAYS
        if knob.kind == "confidence":
            return NEVER if attempt.confidence is None else attempt.confidence
        path = knob_choice.field(self._task, self._task.definition.step[number - 1])
        given = _given(attempt)
        if given is None:  # a long answer is kept in part
            whole = decision.answer if isinstance(decision, Result) else {}
            given = plain.of(self._task.contract.shape, whole)
        return float(accept.votes(path, given, accept.examples(retrieved)))


def models(task: Task) -> frozenset[int]:
    """The steps that ask a model, counted from 1."""
    return frozenset(number for number, step in enumerate(task.definition.step, 1) if step.kind == "model")


def _last(decision: Settled, number: int) -> Attempt | None:
    """The attempt of this step; None where it was refused before there was an answer."""
    attempts = decision.work.attempts if decision.work is not None else ()
    return attempts[-1] if attempts and attempts[-1].number == number else None


def _is_held_back(attempt: Attempt) -> bool:
    """Whether nothing but a threshold stands against an answer."""
    return bool(attempt.violations) and all(each.rule == "agreement" for each in attempt.violations)


def _given(attempt: Attempt) -> dict[str, Any] | None:
    """The answer as it came, which is what examples are compared with; None where it is no answer, or not all of it."""
    try:
        return answer.parse(attempt.answer, "text")
    except ValueError:
        return None
