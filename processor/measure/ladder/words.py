"""What the figures mean, in sentences for somebody who decides by them: what each rung is worth, and what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.ladder import told
from processor.measure.records import LADDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.measure.figures import Ladder, RungFigures, Step

LEVEL = 0.05
"""Corrected p-values under it are called a difference."""

NAMES = {
    "vote": "the vote of the retrieved examples",
    "prompt": "the prompt alone",
    "retrieval": "retrieval",
    "rules": "the task as it stands",
    "people": "people",
}
"""What sentences call the rungs."""


def of(ladder: Ladder) -> tuple[str, ...]:
    """What the ladder says, the most important first."""
    return tuple(_sentences(ladder))


def step(found: Step, n: int) -> str:
    """What one step is worth, even when that is nothing."""
    name = NAMES.get(found.after, found.after)
    over = NAMES.get(found.before, found.before)
    return f"{_capital(name)} over {over}: {verdict(found, n)}"


def verdict(found: Step, n: int) -> str:
    """Whether the failure rates differ, and by how much."""
    flips = f"{len(found.fixed)} fixed, {len(found.broken)} broken"
    if not found.fixed and not found.broken:
        return f"no difference: {told.each_of_these(n)} came out the same ({told.points(found.difference)})."
    figures = f"{told.points(found.difference)}, {flips}, corrected {told.p(found.p_adjusted)}"
    if found.p_adjusted >= LEVEL:
        return f"no difference that {told.these(n)} can show ({figures})."
    assert found.difference.value is not None
    better = "fewer failures" if found.difference.value < 0 else "more failures"
    return f"{better} ({figures}){_price(found)}."


def _sentences(ladder: Ladder) -> Iterator[str]:
    top = next((found for name in reversed(LADDER[:-1]) if (found := ladder.rung(name))), None)
    if top is None:
        return
    standing, weighted = [_standing(top), *_unaudited(ladder)], list(_weighted(ladder))
    of_events = ladder.run.sampling.production is not None  # who asks for days asks of the events, not of the cases
    yield from (*weighted, *standing) if of_events else (*standing, *weighted)
    n = top.failures.n // max(1, ladder.run.repeats)
    for each in ladder.steps:
        if each.before != "vote" and each.after != "people":
            yield step(each, n)
    yield from _over_the_vote(ladder, n)
    if people := ladder.rung("people"):
        yield _people(top, people)
    yield _plan(ladder)


def _standing(top: RungFigures) -> str:
    failed, silent = top.failures, top.silent.count
    escalated = failed.n - top.coverage.count
    return (
        f"With {NAMES[top.rung]}, {told.counted(failed)} fail, {told.percent(failed)}: {silent:,} wrong answers are "
        f"accepted and nobody would notice, {escalated:,} go to people. Of what is accepted "
        f"{told.percent(top.silent)} is wrong."
    )


def _unaudited(ladder: Ladder) -> Iterator[str]:
    """Of production without audits nobody looked at what was accepted: those rates are of the hard events alone."""
    found = ladder.run.sampling.production
    if found is not None and found.unseen:
        yield (
            f"These are rates of what went to people, {found.people:,} of {found.events:,} events of these days, not "
            f"of all: nobody looked at the {found.results:,} that were accepted ([audit] in task.toml draws some)."
        )


def _weighted(ladder: Ladder) -> Iterator[str]:
    """The rates of the events beside those of the cases, which say which is which."""
    found, plain = ladder.weighted, ladder.rung("rules")
    if found is None or plain is None:
        return
    known = found.silent.value is not None
    silent = f", of what is accepted {told.rate(found.silent)} is wrong" if known else ""
    of_cases = told.percent(plain.failures) + (f" and {told.percent(plain.silent)}" if known else "")
    rates = f"{told.rate(found.failures)} fail with {NAMES['rules']}{silent}"
    yield (
        f"Of the events that these cases were drawn from {rates}. "
        "Each case is weighted by the probability with which it came to be labelled (Hájek's estimate); of these "
        f"cases it is {of_cases}."
    )
    if found.population is not None and found.of_all.value is not None:
        yield (
            f"Of all {found.population:,} events that they stand for, {told.rate(found.of_all)} fail by "
            "Horvitz and Thompson's estimate."
        )
    if found.unknown:
        yield f"Of {told.cases(found.unknown)} no probability is known: they are weighted as sure to be labelled."


def _over_the_vote(ladder: Ladder, n: int) -> Iterator[str]:
    """What the model adds over the vote: asked of the highest rung alone, the others stand in the table."""
    against = [found for found in ladder.steps if found.before == "vote"]
    if against:
        last = against[-1]
        plain = "the plain vote of the retrieved examples, which asks no model"
        yield f"What {NAMES.get(last.after, last.after)} adds over {plain}: {verdict(last, n)}"


def _people(top: RungFigures, people: RungFigures) -> str:
    seen = top.failures.n - top.coverage.count
    return (
        f"People see {seen:,} of {top.failures.n:,}; {told.counted(people.failures)} are wrong after them, "
        f"{told.percent(people.failures)}."
    )


def _plan(ladder: Ladder) -> str:
    settled = [f"{told.size(each.difference)} {each.cases:,}" for each in ladder.plan if each.cases is not None]
    if not settled:
        return "No number of cases would settle differences of up to 10 points here."
    shares = sorted({each.discordant for each in ladder.plan})
    return (
        f"Cases that would settle a difference (80 % power at 5 %, where {100 * shares[0]:.0f} % of the cases come out "
        f"differently): {', '.join(reversed(settled))}."
    )


def _price(found: Step) -> str:
    each = found.usd_per_fix
    return f"; each failure less costs {told.usd_estimate(each)}" if each.value is not None else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
