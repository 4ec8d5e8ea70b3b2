"""Whether a promise still holds: the cases that came later, held against [calibration]. Pure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.measure.calibration import calibrate
from processor.measure.cases import even
from processor.measure.scoring import Scorer
from processor.measure.statistics import drift, intervals, multiple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.definition import Calibration
    from processor.core.task import Task
    from processor.measure.figures import Share
    from processor.measure.records import Outcome, Run

LEVEL = 0.05

SAME = "Cases that the calibration was made from prove nothing here: measure newer ones (--cases, --days)."
"""What belongs to a holding wherever it is shown."""

UNSEEN = (
    "nothing can be said of the promise: these cases are what went to people, and nobody looked at what was accepted; "
    "[audit] in task.toml draws some of it"
)


@dataclass(frozen=True, slots=True)
class Holding:
    """A calibration on newer cases.

    Attributes:
        holds: False where more of the accepted answers are wrong than was promised, beyond chance.
        errors: the wrong ones among those accepted.
        coverage: those accepted.
        p_errors: of "the error rate is still at most what was promised".
        p_coverage: of "as many are accepted as then", corrected; None where it cannot be told.
        p_classes: of "the labels are mixed as they were then", corrected; None where it cannot be told.
        told: what was found, a sentence each, without its capital and its full stop.
    """

    holds: bool
    errors: Share
    coverage: Share
    p_errors: float
    p_coverage: float | None
    p_classes: float | None
    told: tuple[str, ...]


def of(task: Task, run: Run) -> Holding | None:
    """A measured task's own calibration on the cases of a run; None where it has none, or the run has no rung `rules`.

    One of another version of the task (`task.outgrown`) is held against as well, and that it was outgrown is told. Of
    cases of one group one is taken at random, as when it was made: the tests ask for cases that are independent. Where
    they came to be labelled with unlike chances, so many are left out that each event had the same one (`even`): of
    what is accepted for the error rate, of all for whether events are as they were.
    """
    calibration, outcomes = task.definition.calibration, run.on("rules")
    if calibration is None or not outcomes:
        return None
    production = run.sampling.production
    found = _unknown() if production is not None and production.unseen else _of_cases(calibration, run, Scorer(task))
    return dataclasses.replace(found, told=(*found.told, *filter(None, [task.outgrown])))


def _of_cases(calibration: Calibration, run: Run, scorer: Scorer) -> Holding:
    seed, first = run.sampling.seed, {outcome.case: outcome for outcome in run.on("rules") if outcome.repeat == 0}
    cases = calibrate.independent([case for case in run.cases if case.id in first], seed)
    alike = even.even(cases, seed)
    settled = even.even((case for case in cases if first[case.id].accepted), seed)
    labels = Counter(scorer.class_of(case.expected) for case in alike)
    classes = {label: count for label, count in labels.items() if label}
    found = holds(calibration, [first[case.id] for case in alike], classes, [first[case.id] for case in settled])
    left = len(cases) - len(alike)
    told = f"of {len(cases)} cases {left} are left out here, so that each event had the same chance to be among them"
    return dataclasses.replace(found, told=(*found.told, told)) if left else found


def _unknown() -> Holding:
    nothing = intervals.share(0, 0)
    return Holding(True, nothing, nothing, 1.0, None, None, (UNSEEN,))  # noqa: FBT003 - in the order of its fields


def holds(
    calibration: Calibration,
    outcomes: Iterable[Outcome],
    classes: Mapping[str, int],
    settled: Iterable[Outcome] | None = None,
) -> Holding:
    """Hold newer cases against a promise.

    The exact binomial test for the error rate; for what the promise rests on, that events are as they were, tests of
    the share that is accepted and of the mix of labels, corrected together (Holm).

    Args:
        calibration: the promise.
        outcomes: on the rung `rules`; of repeats the first counts. Cases that were in the calibration prove nothing.
        classes: how many of the cases have which label.
        settled: the accepted ones that the error rate is taken of; default: those of `outcomes`.
    """
    first = [outcome for outcome in outcomes if outcome.repeat == 0]
    accepted = [outcome for outcome in first if outcome.accepted]
    looked_at = accepted if settled is None else list(settled)
    errors = intervals.share(sum(outcome.silent for outcome in looked_at), len(looked_at))
    p_errors = drift.worse(errors.count, errors.n, calibration.max_error)
    then, now = _settled(calibration.accepted, calibration.n), _settled(len(accepted), len(first))
    p_coverage, p_classes = _corrected(drift.labels(then, now).p, drift.labels(calibration.classes, classes).p)
    found = Holding(
        holds=p_errors > LEVEL,
        errors=errors,
        coverage=intervals.share(len(accepted), len(first)),
        p_errors=p_errors,
        p_coverage=p_coverage,
        p_classes=p_classes,
        told=(),
    )
    return dataclasses.replace(found, told=tuple(_told(calibration, found)))


def _settled(accepted: int, n: int) -> Mapping[str, int]:
    return {"accepted": accepted, "people": n - accepted}


def _corrected(*ps: float | None) -> tuple[float | None, ...]:
    known = iter(multiple.holm([p for p in ps if p is not None]))
    return tuple(None if p is None else next(known) for p in ps)


def _told(calibration: Calibration, found: Holding) -> Iterable[str]:
    wrong = f"{found.errors.count} of {found.errors.n} accepted answers are wrong"
    promised = f"at most {100 * calibration.max_error:.3g} % was promised on {calibration.date}"
    if not found.errors.n:
        yield f"nothing was accepted, so that nothing can be said of the promise: {promised}"
    elif found.holds:
        yield f"the promise is not refuted: {wrong}, {promised}"
    else:
        yield f"the promise no longer holds: {wrong}, {promised} (p = {found.p_errors:.2g}); calibrate anew"
    if found.p_coverage is not None and found.p_coverage <= LEVEL:
        share = found.coverage.share or 0.0
        yield (
            f"the share of accepted answers was {100 * calibration.coverage:.1f} % and is {100 * share:.1f} % "
            f"(p = {found.p_coverage:.2g}): events are not as they were"
        )
    if found.p_classes is not None and found.p_classes <= LEVEL:
        yield f"the mix of labels changed (p = {found.p_classes:.2g}): events are not as they were"
