"""One failed case, replayed as it was and with what it may have lacked -> why it failed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

from processor.measure.causes import attribute, experiments, oracle, places, settled, standing
from processor.measure.causes.records import Finding, Lacked, Replayed, Replays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.core.judging import rulebook
    from processor.core.records import Attempt, Violation
    from processor.core.task import Task
    from processor.measure.causes.experiments import Experiment, Found, Setting
    from processor.measure.causes.held import Held
    from processor.measure.causes.records import Cause
    from processor.measure.records import Case, Outcome, RungName
    from processor.measure.running.spend import Spend

UNTRIED = Replays(why="not needed: the measurement says it")


class Walks(Protocol):
    """What is asked of a `running.session.Session`."""

    spend: Spend

    @property
    def cached(self) -> int:
        """Calls that cost nothing."""

    @property
    def waiting(self) -> str:
        """What is waited for, else empty."""

    async def walk(
        self,
        task: Task,
        case: Case,
        rung: RungName,
        *,
        repeat: int = 0,
        found: Found | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> Outcome:
        """As `Session.walk`."""


class Replayer:
    """Replays failures of one rung.

    Args:
        session: walks the cases.
        whole: the task as it stands.
        variant: the same on the rung of the failures.
        known: what there is to put in.
        repeats: of each experiment.
        guard: holds rules to their time.
    """

    def __init__(
        self, session: Walks, whole: Task, variant: Task, known: Held, repeats: int, guard: rulebook.Guard
    ) -> None:
        self._session = session
        self._whole = whole
        self._variant = variant
        self._known = known
        self._repeats = repeats
        self._guard = guard

    async def finding(self, case: Case, outcomes: Sequence[Outcome]) -> Finding:
        """Why a case failed.

        Args:
            case: the case.
            outcomes: all that became of it on the rung; at least one of them failed.

        Raises:
            Reached, Misconfigured, UsageError: as `Session.walk`.
        """
        outcome = next(each for each in outcomes if each.failed)
        proved = attribute.before(outcome)
        if proved is not None:
            replayed = Replayed(UNTRIED, UNTRIED, UNTRIED, UNTRIED, UNTRIED)
            return self._found(case, outcome, proved, oracle.Oracle(), (), Lacked(), replayed)
        put_in = oracle.find(self._whole, case, outcome, self._known)
        stated = settled.stated(self._whole, case.event, outcome, self._guard)
        setting = experiments.Setting(self._whole, self._variant, outcome, put_in.passages, stated)
        replayed = await self._replayed(case, outcome, setting, await self._again(case, outcomes, outcome, setting))
        stood = standing.of(put_in, outcome, self._known, setting.seen)
        lacked = Lacked(tuple(each.id for each in put_in.passages), put_in.origin, stood, put_in.undefined)
        proved = attribute.cause(case.agreed, lacked, replayed)
        return self._found(case, outcome, proved, put_in, stated, lacked, replayed)

    def _found(
        self,
        case: Case,
        outcome: Outcome,
        proved: Cause,
        put_in: oracle.Oracle,
        stated: tuple[Violation, ...],
        lacked: Lacked,
        replayed: Replayed,
    ) -> Finding:
        return Finding(
            case=case.id,
            source=case.source,
            cause=proved,
            why=attribute.told(proved, case.agreed, lacked, replayed),
            outcome=outcome,
            lacked=lacked,
            stated=stated,
            replayed=replayed,
            place=places.of(self._whole, case, proved, outcome, put_in, stated),
        )

    async def _again(self, case: Case, outcomes: Sequence[Outcome], outcome: Outcome, setting: Setting) -> Replays:
        """As it was: the other repeats of the measurement, then anew, until it is right once."""
        made = [each for each in outcomes if each is not outcome]
        first = 1 + max(each.repeat for each in outcomes)
        for number in range(self._repeats):
            if any(map(settled.right, made)):
                break
            made.append(await self._walk(setting.again(), case, outcome.rung, first + number))
        return _counted(made)

    async def _replayed(self, case: Case, outcome: Outcome, setting: Setting, again: Replays) -> Replayed:
        if again.right:
            none = Replays(why="not needed: it is right at times as it is")
            return Replayed(again, none, none, none, none)
        context = await self._tried(setting.context(), case, outcome, setting, "nothing was found to put in")
        constraint = await self._tried(setting.constraint(), case, outcome, setting, "nothing was violated")
        onward = await self._tried(setting.onward(), case, outcome, setting, "no step after it would ask another model")
        if context.steady or constraint.steady or onward.steady:
            both = Replays(why="not needed: one alone is enough")
        else:
            both = await self._tried(setting.both(), case, outcome, setting, "there are no two things to put in")
        return Replayed(again, context, constraint, onward, both)

    async def _tried(
        self, experiment: Experiment | None, case: Case, outcome: Outcome, setting: Setting, why: str
    ) -> Replays:
        if experiment is None:
            return Replays(why=why)
        made = [await self._walk(experiment, case, outcome.rung, number) for number in range(self._repeats)]
        if any(map(settled.stopped, made)):
            reason = next(each.reason for each in made if settled.stopped(each))
            return Replays(why=f"it could not be replayed so: {reason}", outcomes=tuple(made))
        if experiment.found is not None and not any(setting.shows(each) for each in made):
            return Replays(why="what was put in did not come to be shown", outcomes=tuple(made))
        return _counted(made)

    async def _walk(self, experiment: Experiment, case: Case, rung: RungName, repeat: int) -> Outcome:
        # The experiment's task is made of the rung's already: as `rules` it is walked as it stands.
        walked = await self._session.walk(
            experiment.task, case, "rules", repeat=repeat, found=experiment.found, attempts=experiment.attempts
        )
        return dataclasses.replace(walked, rung=rung)


def _counted(made: Sequence[Outcome]) -> Replays:
    return Replays(sum(map(settled.right, made)), len(made), outcomes=tuple(made))
