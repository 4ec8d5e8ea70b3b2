"""The tables of the report: figures with the lists of the cases behind each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from processor.measure.figures import Share
from processor.measure.ladder import rows
from processor.measure.records import LADDER
from processor.measure.report import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from processor.measure.figures import Ladder, RungFigures, Step
    from processor.measure.records import Outcome, RungName
    from processor.measure.report.lists import Listed, Lists


@dataclass(frozen=True, slots=True)
class Counted:
    """A share, and the list of the cases that it counts; without one where it counts none, or none of the run's."""

    share: Share
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class RungRow:
    """A rung's figures with their lists. `right` is the share of right answers among those that were accepted."""

    figures: RungFigures
    name: str
    means: str
    failures: Counted
    silent: Counted
    coverage: Counted
    right: Share
    escalated: tuple[tuple[str, int, Listed | None], ...]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A labelled place or a class, with its failures by rung, in the order of the table's rungs."""

    name: str
    by_rung: tuple[Counted | None, ...]
    main: Share


@dataclass(frozen=True, slots=True)
class Table:
    """Failures by place or class: the rungs that it compares, the one that its bars show, and its rows."""

    rungs: tuple[RungName, ...]
    main: RungName
    rows: tuple[PlaceRow, ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step with the lists of what it fixed and broke. `plain` says in a word whether it is better."""

    step: Step
    before: str
    after: str
    fixed: Listed | None
    broken: Listed | None


def rungs(ladder: Ladder, lists: Lists) -> tuple[RungRow, ...]:
    """The rungs from the baseline to the top."""
    return tuple(_rung(ladder, figures, lists) for figures in ladder.rungs)


def steps(ladder: Ladder, lists: Lists) -> tuple[StepRow, ...]:
    """All comparisons, in the ladder's order."""
    return tuple(step(each, lists) for each in ladder.steps)


def step(each: Step, lists: Lists) -> StepRow:
    """One comparison with its lists."""
    before, after = words.rung(each.before), words.rung(each.after)
    return StepRow(
        step=each,
        before=before,
        after=after,
        fixed=lists.add(f"failed with “{before}”, fixed by “{after}”", each.fixed),
        broken=lists.add(f"fine with “{before}”, broken by “{after}”", each.broken),
    )


def fields(ladder: Ladder, lists: Lists) -> Table | None:
    """Wrong values by labelled place, among accepted answers; None where there is but one place, or none."""

    def cases(rung: RungName, name: str) -> Listed | None:
        wrong = (each for each in ladder.run.on(rung) if each.accepted and not each.score.fields.get(name, True))
        return lists.add(f"{words.RUNGS[rung]}: wrong at {name}", (each.case for each in wrong))

    table = _table(ladder, lambda figures: figures.fields, cases)
    return table if table and len(table.rows) > 1 else None


def classes(ladder: Ladder, lists: Lists) -> Table | None:
    """Failures by expected class; None where answers have no class."""
    of_case = {case.id: rows.class_of(case.expected, ladder.class_place) for case in ladder.run.cases}

    def cases(rung: RungName, name: str) -> Listed | None:
        failed = (each for each in ladder.run.on(rung) if each.failed and of_case.get(each.case) == name)
        return lists.add(f"{words.RUNGS[rung]}: failures of class {name}", (each.case for each in failed))

    return _table(ladder, lambda figures: figures.classes, cases)


class _Cases(Protocol):
    def __call__(self, rung: RungName, name: str) -> Listed | None: ...


def _table(ladder: Ladder, of: Callable[[RungFigures], Mapping[str, Share]], cases: _Cases) -> Table | None:
    """Sorted by the failures of the topmost measured rung, the worst first."""
    with_any = [figures for figures in ladder.rungs if of(figures)]
    if not with_any:
        return None
    main = max(with_any, key=lambda figures: ("vote", *LADDER).index(figures.rung))
    names = dict.fromkeys(name for figures in with_any for name in of(figures))

    def counted(figures: RungFigures, name: str) -> Counted | None:
        share = of(figures).get(name)
        return None if share is None else Counted(share, cases(figures.rung, name) if share.count else None)

    found = [(name, of(main).get(name, Share(0, 0, 0.0, 1.0))) for name in names]
    found.sort(key=lambda row: (-(row[1].share or 0.0), -row[1].n, row[0]))
    return Table(
        rungs=tuple(figures.rung for figures in with_any),
        main=main.rung,
        rows=tuple(
            PlaceRow(name, tuple(counted(figures, name) for figures in with_any), share) for name, share in found
        ),
    )


def _rung(ladder: Ladder, figures: RungFigures, lists: Lists) -> RungRow:
    # What people make of a case is calculated from what the rules left: its cases are theirs.
    of_rules = figures.rung == "people"
    outcomes = ladder.run.on("rules" if of_rules else figures.rung)
    name = words.RUNGS[figures.rung]

    def listed(title: str, marked: Iterable[Outcome]) -> Listed | None:
        return lists.add(f"{name}: {title}", (each.case for each in marked))

    silent = listed("wrong, and accepted", (each for each in outcomes if each.silent))
    failed = silent if of_rules else listed("failures", (each for each in outcomes if each.failed))
    accepted = figures.silent if not of_rules else Share(0, 0, 0.0, 1.0)
    right = Share(accepted.n - accepted.count, accepted.n, 1 - accepted.high, 1 - accepted.low)
    return RungRow(
        figures=figures,
        name=name,
        means=words.MEANS[figures.rung],
        failures=Counted(figures.failures, failed),
        silent=Counted(figures.silent, silent),
        coverage=Counted(figures.coverage, listed("accepted", (each for each in outcomes if each.accepted))),
        right=right,
        escalated=tuple(_escalated(figures, tuple(outcomes), listed)),
    )


def _escalated(
    figures: RungFigures, outcomes: tuple[Outcome, ...], listed: Callable[[str, Iterable[Outcome]], Listed | None]
) -> Iterator[tuple[str, int, Listed | None]]:
    for reason, count in figures.escalated.items():
        of_reason = (each for each in outcomes if not each.accepted and (each.reason or "unaccepted") == reason)
        yield reason, count, listed(f"to people, {reason.replace('_', ' ')}", of_reason)
