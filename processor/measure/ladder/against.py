"""Two versions of a task on the same cases: is the task as it stands worse than the other, beyond the noise?

The decision is on one rung, the topmost that both were measured on, so that nothing has to be corrected for it. Worse
is what has the whole two-sided 95 % interval of the paired difference above the margin, and p of at most 5 % by
McNemar's exact test, which holds its level at any number of cases: where nothing has changed, a version is called worse
in at most 2.5 % of measurements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.ladder import compute, rows, rung, steps, told
from processor.measure.ladder.versions import Against, Flip, Side
from processor.measure.ladder.words import LEVEL
from processor.measure.records import LADDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.records import Reason
    from processor.measure.figures import Estimate, Ladder, Step
    from processor.measure.ladder.rows import Rows
    from processor.measure.ladder.versions import Became
    from processor.measure.records import Case, Outcome, Run, RungName


def against(before: Run, after: Run, *, margin: float = 0.0, class_place: str = "") -> Against:
    """The comparison of two runs on the cases that both have done.

    Their contracts may differ: a case failed or did not by each version's own scores, and answers are shown as they
    are.

    Args:
        before: of the other version.
        after: of the task as it is now.
        margin: how much worse is let pass, from 0 to 1.
        class_place: of the answer, for the figures of both.

    Raises:
        ValueError: they share no rung or no case.
    """
    name = _topmost(before, after)
    was, now = rows.on(before, name), rows.on(after, name)
    shared = was.keys() & now.keys()
    if not shared:
        raise ValueError("the two versions have no case in common")
    was, now = ({case: found for case, found in each.items() if case in shared} for each in (was, now))
    clusters = rows.clusters(after.cases)
    found = steps.step((before.label, after.label), rung.trials(was), rung.trials(now), clusters)
    silent = steps.difference(_silent(was), _silent(now), clusters)
    cases = {case.id: case for case in after.cases}
    worse = _shown(found) and (found.difference.low or 0.0) > margin
    ladders = compute.of(before, class_place), compute.of(after, class_place)
    return Against(
        rung=name,
        before=_side(before, ladders[0], name),
        after=_side(after, ladders[1], name),
        step=found,
        silent=silent,
        flips=tuple(_flips(was, now, cases)),
        margin=margin,
        worse=worse,
        ladders=ladders,
        words=(*_words(found, len(shared), margin, worse=worse), *_kinds(found, was, now), *_silence(silent)),
    )


def _topmost(before: Run, after: Run) -> RungName:
    for name in reversed(LADDER[:-1]):
        if before.on(name) and after.on(name):
            return name
    raise ValueError("the two versions have no rung in common")


def _side(run: Run, ladder: Ladder, name: RungName) -> Side:
    figures = ladder.rung(name)
    assert figures is not None
    return Side(run.label, run.version, run.models, figures.failures, figures.silent, figures.usd)


def _silent(found: Rows) -> steps.Trials:
    """By case, whether a wrong answer was accepted, in the place of whether it failed."""
    return {case: steps.Tried(tuple(outcome.silent for outcome in outcomes)) for case, outcomes in found.items()}


def _flips(was: Rows, now: Rows, cases: Mapping[str, Case]) -> Iterator[Flip]:
    """The cases that came out differently: broken ones first, then fixed ones, then other wrong answers."""
    found: dict[Became, list[Flip]] = {"broken": [], "fixed": [], "changed": []}
    for case in was:
        if pair := _pair(was[case], now[case]):
            became = _became(*pair)
            found[became].append(_flip(cases[case], became, *pair))
    for flips in found.values():
        yield from flips


def _pair(was: tuple[Outcome, ...], now: tuple[Outcome, ...]) -> tuple[Outcome, Outcome] | None:
    """The first repeat in which one fails and the other does not, else in which both fail in different ways."""
    pairs = list(zip(was, now, strict=False))
    flipped = (pair for pair in pairs if pair[0].failed != pair[1].failed)
    changed = (pair for pair in pairs if pair[0].failed and pair[1].failed and pair[0].answer != pair[1].answer)
    return next(flipped, None) or next(changed, None)


def _became(was: Outcome, now: Outcome) -> Became:
    if was.failed and now.failed:
        return "changed"
    return "broken" if now.failed else "fixed"


def _flip(case: Case, became: Became, was: Outcome, now: Outcome) -> Flip:
    return Flip(case.id, became, was.answer, now.answer, _why(was.reason), _why(now.reason), case.expected)


def _why(reason: Reason | None) -> str:
    return reason.value if reason else ""


def _shown(found: Step) -> bool:
    """Whether there is a difference: by the interval and by the test."""
    low, high = found.difference.low, found.difference.high
    return low is not None and high is not None and (low > 0 or high < 0) and found.p <= LEVEL


def _words(found: Step, n: int, margin: float, *, worse: bool) -> Iterator[str]:
    flips = f"{len(found.fixed)} fixed, {len(found.broken)} broken of {told.cases(n)}"
    figures = f"{told.points(found.difference)} of failures, {flips}, {told.p(found.p)}"
    high = found.difference.high
    assert high is not None
    if worse:
        beyond = f" by more than {100 * margin:.3g} points" if margin else ""
        yield f"{found.after} is worse than {found.before}{beyond}, beyond the noise: {figures}."
    elif _shown(found) and high < 0:
        yield f"{found.after} is better than {found.before}: {figures}."
    elif _shown(found):
        within = f"but that it is by more than {100 * margin:.3g} points is not shown"
        yield f"{found.after} is worse than {found.before}, {within}: {figures}."
    else:
        yield f"No difference that {told.these(n)} can show between {found.before} and {found.after}: {figures}."
        most = f"{100 * max(0.0, high):.1f} points"
        yield f"That is no proof that they are equal: {found.after} may still be worse by up to {most}."


def _kinds(found: Step, was: Rows, now: Rows) -> Iterator[str]:
    """What fails is wrong and accepted, or goes to people, which may cost far less: a threshold trades one for both."""
    every = [[outcome for outcomes in each.values() for outcome in outcomes] for each in (was, now)]
    silent = [sum(outcome.silent for outcome in each) for each in every]
    people = [sum(not outcome.accepted for outcome in each) for each in every]
    if any(silent + people):
        yield (
            f"Of the failures of {found.before} {silent[0]:,} are wrong answers that were accepted and {people[0]:,} "
            f"went to people, of those of {found.after} {silent[1]:,} and {people[1]:,}."
        )


def _silence(found: Estimate) -> Iterator[str]:
    if found.low is not None and found.low > 0:
        yield f"More wrong answers are accepted than before: {told.points(found)} of all cases. Nobody looks at those."
    elif found.high is not None and found.high < 0:
        yield f"Fewer wrong answers are accepted than before: {told.points(found)} of all cases."
