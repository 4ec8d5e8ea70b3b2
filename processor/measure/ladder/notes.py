"""What belongs to the figures wherever they are shown: how many cases, how they were drawn, what is assumed."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from processor.measure.ladder import people

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processor.measure.records import Case, Production, Run, Sampling


def of(run: Run, reviewer_error: float | None) -> tuple[str, ...]:
    """The notes of a run, in sentences; `reviewer_error` is None where no people are in it."""
    return tuple(_notes(run, reviewer_error))


def _notes(run: Run, reviewer_error: float | None) -> Iterator[str]:
    yield _cases(run)
    if run.sampling.strata:
        yield _drawn(run.sampling)
    if run.unfinished:
        yield _unfinished(run)
    if run.repeats > 1:
        yield (
            f"Each case was answered {run.repeats} times on each rung; intervals take the repeats of a case together "
            "(clustered, Miller 2024), so that repeats do not count as cases."
        )
    yield from _groups(run.cases)
    yield from production(run.sampling.production)
    yield from _inclusion(run.cases)
    if reviewer_error is not None:
        yield _reviewers(reviewer_error)
        yield from _agreement(run.cases)


def _unfinished(run: Run) -> str:
    done = len({outcome.case for outcome in run.outcomes})
    if not done:
        return f"Unfinished ({run.unfinished}): none of {len(run.cases):,} cases is done."
    part = "a random part of them, but that of those under way at the end the quick ones may have counted"
    return f"Unfinished ({run.unfinished}): {done:,} of {len(run.cases):,} cases are done, {part}."


def _cases(run: Run) -> str:
    done = len({outcome.case for outcome in run.outcomes})
    found, kept = run.sampling.found, run.sampling.kept
    excluded = sum(run.sampling.excluded.values())
    measured = "are to be measured" if run.unfinished else "are measured"
    told = f"n = {done}: {kept} of {found} labelled events {measured}"
    if excluded:
        whys = ", ".join(f"{count} {why}" for why, count in sorted(run.sampling.excluded.items()))
        told += f"; {excluded} were left out ({whys})"
    left = found - excluded - kept
    return told + (f"; {left} were not drawn." if left > 0 else ".")


def _drawn(sampling: Sampling) -> str:
    kept, found = (sum(each[place] for each in sampling.strata.values()) for place in (0, 1))
    if len(sampling.strata) == 1:
        return f"Drawn at random, by the seed {sampling.seed}."
    told = f"Drawn by the seed {sampling.seed} from {len(sampling.strata)} strata"
    return (
        f"{told}, in proportion up to {100 * _uneven(sampling, kept, found):.1f} points of any rate."
        if kept
        else f"{told}."
    )


def _uneven(sampling: Sampling, kept: int, found: int) -> float:
    """By how much at most an unweighted rate is off because strata are not drawn in proportion, from 0 to 1.

    It is the total variation distance between the strata's shares of the sample and of all: no mean of numbers between
    0 and 1 differs by more.
    """
    return sum(abs(some / kept - every / found) for some, every in sampling.strata.values()) / 2 if found else 0.0


def _groups(cases: Sequence[Case]) -> Iterator[str]:
    sizes = collections.Counter(case.group for case in cases if case.group)
    together = sum(size for size in sizes.values() if size > 1)
    if together:
        number = sum(size > 1 for size in sizes.values())
        yield f"{together} cases are in {number} groups that are not independent; intervals and tests take each as one."


def production(found: Production | None) -> Iterator[str]:
    """What became of the events of the days that cases were taken from, and which of them the cases stand for."""
    if found is None:
        return
    told = f"Of {found.events:,} events of these days {found.people:,} went to people ({found.decided:,} are decided)"
    audits = f"{found.audits:,} were drawn for audits ({found.audited:,} are decided)"
    yield f"{told}; of the other {found.results:,}, {audits}."
    if found.decided < found.people or found.audited < found.audits:
        yield (
            "What is decided stands for what waits and is like it (people's, or audits with the same chance and as "
            "many steps): right where it was not chosen by how hard it is."
        )
    if found.missed and not found.unseen:
        yield (
            f"Nothing stands for about {found.missed:,.0f} of these events: of their kind (people's, or audits with "
            "the same chance and as many steps) none is decided, so that they are in no figure."
        )
    if found.audited and not found.whole:
        yield (
            f"By their chances the audits stand for about {found.reached:,.0f} of the {found.results:,} results: the "
            "others had none ([audit] was off, or they are of another round), and nothing is known of them."
        )


def _inclusion(cases: Sequence[Case]) -> Iterator[str]:
    known = [case.inclusion for case in cases if case.inclusion is not None]
    if len({case.chance for case in cases}) > 1:
        span = f"{min(known):.3g} to {max(known):.3g}"
        span += f"; of {len(cases) - len(known)} it is not known" if len(known) < len(cases) else ""
        yield (
            f"The cases came to be labelled with different probabilities ({span}): "
            "the figures are those of these cases, not of all events, but for those that are called weighted."
        )


def _reviewers(error: float) -> str:
    if error == 0:
        return "People: reviewers are taken to be right in all that they see, so that rung is the most they can reach."
    return f"People: reviewers are taken to be wrong in {100 * error:.3g} % of what they see (--reviewer-error)."


def _agreement(cases: Sequence[Case]) -> Iterator[str]:
    several, disagreed, implied = people.reviewer_error(cases)
    if several:
        told = f"Of {several} cases that several people labelled they disagree on {disagreed}"
        yield f"{told}." if implied is None else f"{told}: as if each were wrong in {100 * implied:.1f} %."
