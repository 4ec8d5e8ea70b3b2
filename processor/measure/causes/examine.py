"""The failures of a run, replayed through the worker's own pipeline -> their causes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.adapters import rule_timer
from processor.measure.causes import replay, summary
from processor.measure.causes.records import Causes
from processor.measure.ladder import rows
from processor.measure.running import hands, rungs
from processor.measure.running.run import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from processor.core.judging import rulebook
    from processor.core.task import Task
    from processor.measure.causes.held import Held
    from processor.measure.causes.records import Finding
    from processor.measure.causes.replay import Walks
    from processor.measure.records import Case, Outcome, Run, RungName

_Failure = tuple["Case", tuple["Outcome", ...]]

STEADY = 1
"""How often each experiment is made with a model that gave the same every time."""

VARYING = 3
"""And with one that does not, or whose temperature is over 0."""


@dataclass(frozen=True, slots=True)
class Options:
    """How failures are examined.

    Attributes:
        rung: whose failures; None for the highest that was measured, people aside.
        most: how many are examined at the most, drawn at random; None for all.
        seed: of that draw.
        repeats: of each experiment; None: once where the model gave the same every time, else three times.
        at_once: cases that are replayed at a time; calls in flight are limited by the session.
    """

    rung: RungName | None = None
    most: int | None = None
    seed: int = 0
    repeats: int | None = None
    at_once: int = 16


DEFAULTS = Options()


async def causes(
    session: Walks,
    task: Task,
    run: Run,
    known: Held,
    *,
    options: Options = DEFAULTS,
    progress: Callable[[Progress], None] = lambda _: None,
    guard: rulebook.Guard | None = None,
) -> Causes:
    """Why the cases of a run failed: each is replayed once as it was, then with what it may have lacked.

    A replay is as many model calls as its walk takes. Where the budget is spent, or Ctrl-C pressed, before all are
    examined, those that were are a random sample, but for the quick ones among those that were under way.

    Args:
        session: open; it caches answers, limits what is spent and waits out outages.
        task: the one that the run measured, as it stands.
        run: its outcomes on `prompt`, `retrieval` or `rules`.
        known: what the task's folder holds (`held.read(task, root, run.cases)`).
        options: which failures, and how often.
        progress: is told after each failure; `done` and `total` are failures.
        guard: holds rules to their time; None for a worker's.

    Raises:
        ValueError: the run has none of the rungs whose failures have causes.
        Misconfigured, UsageError: as `Session.walk`.
    """
    rung = options.rung or _highest(run)
    variant = rungs.variant(task, rung)
    if variant is None:
        raise ValueError(f"{run.task} has no rung {rung}")
    failures = _failures(run, rung)
    drawn = random.Random(options.seed).sample(failures, min(len(failures), options.most or len(failures)))  # noqa: S311
    repeats = options.repeats or _repeats(variant, run, rung)
    before = (session.spend.calls, session.spend.tokens, session.spend.usd)
    replayer = replay.Replayer(session, task, variant, known, repeats, guard or _in_time())

    def told(done: int) -> None:
        spent = session.spend
        usd = None if spent.usd is None else float(spent.usd)
        progress(Progress(done, len(drawn), usd, spent.tokens, spent.calls, session.cached, session.waiting))

    found, unfinished = await _all(replayer, drawn, options.at_once, told)
    order, clusters = {case.id: number for number, case in enumerate(run.cases)}, rows.clusters(run.cases)
    findings = tuple(sorted(found, key=lambda finding: order[finding.case]))
    usd = None if session.spend.usd is None or before[2] is None else float(session.spend.usd - before[2])
    return Causes(
        task=run.task,
        rung=rung,
        cases=len({outcome.case for outcome in run.on(rung)}),
        failed=len(failures),
        findings=findings,
        shares=summary.shares(findings, clusters),
        changes=summary.changes(findings, len(failures), clusters),
        seed=options.seed,
        repeats=repeats,
        method=summary.METHOD,
        calls=session.spend.calls - before[0],
        spent_usd=usd,
        spent_tokens=session.spend.tokens - before[1],
        unfinished=unfinished,
    )


async def _all(
    replayer: replay.Replayer, drawn: Sequence[_Failure], at_once: int, told: Callable[[int], None]
) -> tuple[list[Finding], str]:
    """The findings, and why some failures have none, or nothing."""
    findings: list[Finding] = []
    told(0)

    async def one(failure: _Failure) -> None:
        findings.append(await replayer.finding(*failure))

    ended = await hands.through(drawn, one, min(at_once, len(drawn)), lambda: told(len(findings)))
    left = len(drawn) - len(findings)
    return findings, f"{left} of {len(drawn)} failures were not examined: {ended}" if left else ""


def _in_time() -> rulebook.Guard:
    return rule_timer.Timer(lambda _name, _seconds: None)


def _highest(run: Run) -> RungName:
    measured = {outcome.rung for outcome in run.outcomes}
    order: tuple[RungName, ...] = ("rules", "retrieval", "prompt")
    found = next((rung for rung in order if rung in measured), None)
    if found is None:
        raise ValueError("causes are of failures on prompt, retrieval or rules: none of them was measured")
    return found


def _failures(run: Run, rung: RungName) -> list[_Failure]:
    """The cases that failed in at least one of their repeats, with all of those."""
    by_case: dict[str, list[Outcome]] = {}
    for outcome in run.on(rung):
        by_case.setdefault(outcome.case, []).append(outcome)
    walked = ((case, tuple(by_case.get(case.id, ()))) for case in run.cases)
    return [(case, found) for case, found in walked if any(outcome.failed for outcome in found)]


def _repeats(task: Task, run: Run, rung: RungName) -> int:
    answers: dict[str, set[str]] = {}
    for outcome in run.on(rung):
        answers.setdefault(outcome.case, set()).add(repr(outcome.offered))
    varied = any(len(found) > 1 for found in answers.values())
    warm = any(step.kind == "model" and step.temperature > 0 for step in task.definition.step)
    return VARYING if varied or warm else STEADY
