"""Cases in, a calibration out: traced, chosen, certified."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.measure.calibration import choose, knobs, tracing
from processor.measure.calibration.values import Costs, Found
from processor.measure.cases import even
from processor.measure.ladder import notes as ladder_notes
from processor.measure.running import hands, spend
from processor.measure.running.run import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from processor.core.task import Task
    from processor.measure.calibration.cascade import Trace
    from processor.measure.calibration.choose import Wish
    from processor.measure.calibration.tracing import Tracer
    from processor.measure.cases import Gathered
    from processor.measure.records import Case
    from processor.measure.running.session import Session

PROBED = 3
"""Cases that are traced first, to see what the servers give."""

MOST_CLASSES = 200
"""More labels than this are not kept in task.toml to be compared later."""


@dataclass(frozen=True, slots=True)
class Traced:
    """What the steps gave; `unfinished` is empty, or says why not all cases were traced."""

    traces: tuple[Trace, ...]
    tracer: Tracer
    unfinished: str


async def trace(
    session: Session,
    task: Task,
    cases: Sequence[Case],
    *,
    seed: int = 0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Traced:
    """Trace the cases, as many at once as the settings allow calls, in an order that the seed alone decides.

    What is cut short by a limit or Ctrl-C leaves the first cases of that order, up to the first that was not done: of
    those under way at the end the quick ones, which are the easy ones, would be done sooner, and promise too much.

    Raises:
        Misconfigured, UsageError: as `Session.attempt`.
    """
    spend.check_prices(session.spend.limits, task, session.settings.openai_model)
    order = sorted(cases, key=lambda case: case.id)
    random.Random(seed).shuffle(order)  # noqa: S311 - an order that can be had again
    done: dict[str, Trace] = {}

    def told() -> None:
        spent = session.spend
        usd = None if spent.usd is None else float(spent.usd)
        progress(Progress(len(done), len(order), usd, spent.tokens, spent.calls, session.cached, session.waiting))

    # A few cases show which servers give log-probabilities; what they answered is kept, and not bought twice.
    probe = tracing.Tracer(session, task, knobs.choose(task, tracing.models(task)))

    async def first(case: Case) -> None:
        await probe.trace(case)

    many = min(session.settings.concurrency, max(len(order), 1))
    ended = await hands.through(order[:PROBED], first, min(many, PROBED), told)
    tracer = tracing.Tracer(session, task, knobs.choose(task, probe.sure))

    async def one(case: Case) -> None:
        done[case.id] = await tracer.trace(case)

    ended = ended or await hands.through(order, one, many, told)
    first_ones = itertools.takewhile(lambda case: case.id in done, order)
    return Traced(tuple(done[case.id] for case in first_ones), tracer, ended if len(done) < len(order) else "")


def usable(cases: Sequence[Case], seed: int) -> tuple[Case, ...]:
    """Of the cases a random sample of the events, whatever their chances to be labelled, and of each group one."""
    return independent(even.even(cases, seed), seed)


def independent(cases: Sequence[Case], seed: int) -> tuple[Case, ...]:
    """The cases, of each group a random one: the tests ask for cases that do not depend on each other."""
    order = sorted(cases, key=lambda case: case.id)
    random.Random(seed).shuffle(order)  # noqa: S311 - as above
    once = {(case.group or None, "" if case.group else case.id): case for case in order}
    kept = {case.id for case in once.values()}
    return tuple(case for case in cases if case.id in kept)


def notes(gathered: Gathered, seed: int) -> tuple[str, ...]:
    """What of the cases limits the promise, in sentences; `seed` is that of `usable`."""
    told, production = [], gathered.sampling.production
    if left := gathered.sampling.excluded:
        whys = ", ".join(f"{count} {why}" for why, count in left.items())
        told.append(f"Left out before anything was asked: {whys}. Nothing is promised of such events.")
    told += ladder_notes.production(production)
    if production is not None and production.unseen:
        told.append(
            "Nobody looked at what was accepted in these days: the promise is about events like those that went to "
            "people, not about all ([audit] in task.toml draws some of the others)."
        )
    alike = even.even(gathered.cases, seed)
    if len(alike) < len(gathered.cases):
        told.append(
            f"The cases came to be labelled with different probabilities: {len(alike):,} of {len(gathered.cases):,} "
            "are taken by a draw, so that each event had the same chance to be among them."
        )
    if len(independent(alike, seed)) < len(alike):
        told.append(
            "Of the cases of a group (a customer, a thread) one was taken at random, so that each group counts once: "
            "where the large groups fail more often than the small ones, more of all events are wrong."
        )
    return tuple(told)


def found(task: Task, traced: Traced, wish: Wish, costs: Costs, *, at: datetime, left_out: int) -> Found:
    """The calibration by the traces. `left_out` are cases that were not traced."""
    made = traced.tracer.knobs
    costs = Costs(costs.review_seconds, costs.usd_per_hour, tuple(sorted(traced.tracer.unpriced)))
    chosen = choose.choose(traced.traces, made, knobs.now(task, made), wish, costs)
    return Found(
        task=task.name,
        of="",
        at=at,
        n=len(chosen.certified_on),
        chosen_on=chosen.chosen_on,
        left_out=left_out,
        seed=wish.seed,
        method=chosen.method,
        curve=chosen.curve,
        chosen=chosen.point,
        now=chosen.now,
        without=chosen.without,
        more=chosen.more,
        why=chosen.why,
        costs=costs,
    )


def table(made: Found, traced: Traced) -> dict[str, Any]:
    """The keys of [calibration] but its digest, for a calibration that chose something."""
    assert made.chosen is not None
    kept = {trace.case: trace.label for trace in traced.traces if trace.label}
    classes = Counter(kept.values())
    return {
        "date": made.at.date(),
        "max_error": made.curve.max_error,
        "confidence": made.curve.confidence,
        "n": made.n,
        "accepted": made.chosen.coverage.count,
        "errors": made.chosen.errors.count,
        "method": made.method,
        "seed": made.seed,
        "models": sorted(traced.tracer.models),
        "classes": dict(sorted(classes.items())) if len(classes) <= MOST_CLASSES else {},
    }
