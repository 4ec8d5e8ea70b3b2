"""What the cases say of the events that they were drawn from, where they came to be labelled with unlike probabilities.

Where all that went to people is labelled and one accepted answer in twenty is audited, failures are far more frequent
among the cases than among the events. Each case then stands for as many as it was drawn from (`statistics.audit`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.figures import Estimate, Weighted
from processor.measure.ladder import rows
from processor.measure.statistics import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from processor.measure.ladder.rows import Rows
    from processor.measure.records import Outcome, Run, RungName

UNKNOWN_POPULATION = Estimate(None, None, None, "of how many events they were drawn is not known")
UNFINISHED = Estimate(None, None, None, "the measurement is unfinished")
NONE_ACCEPTED = Estimate(None, None, None, "nothing was accepted")


def of(run: Run, rung: RungName, found: Rows) -> Weighted | None:
    """The weighted rates of a rung; None where all cases weigh the same.

    Of a case without a probability it is taken that it was sure to be labelled, as is what goes to people. Of repeats
    the first one counts.

    Args:
        run: of all rungs.
        rung: which.
        found: its outcomes by case; not empty.
    """
    cases = {case.id: case for case in run.cases}
    chances, clusters = {case: cases[case].chance for case in found}, rows.clusters(run.cases)
    if len(set(chances.values())) == 1:
        return None
    first = [outcomes[0] for outcomes in found.values()]
    accepted = [outcome for outcome in first if outcome.accepted]

    def share(outcomes: list[Outcome], mark: Callable[[Outcome], bool]) -> Estimate:
        together = [clusters[each.case] for each in outcomes]
        return audit.hajek([mark(each) for each in outcomes], [chances[each.case] for each in outcomes], together)

    return Weighted(
        rung=rung,
        failures=share(first, lambda each: each.failed),
        silent=share(accepted, lambda each: each.silent) if accepted else NONE_ACCEPTED,
        unknown=sum(cases[case].inclusion is None for case in found),
        population=run.sampling.population,
        of_all=_of_all(run, first, chances),
    )


def _of_all(run: Run, first: list[Outcome], chances: Mapping[str, float]) -> Estimate:
    """Horvitz and Thompson's: a total, so that every case must have been measured."""
    if run.sampling.population is None:
        return UNKNOWN_POPULATION
    if len(first) < len(run.cases):
        return UNFINISHED
    hits = [each.failed for each in first]
    return audit.horvitz_thompson(hits, [chances[each.case] for each in first], run.sampling.population)
