"""What lies between two rungs, or two versions, on the same cases."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.measure.figures import Estimate, Step
from processor.measure.statistics import multiple, ratio, repeats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NONE_REMOVED = Estimate(None, None, None, "more cases fail after it: there is no failure less to pay for")
UNPRICED = Estimate(None, None, None, "the price of a model is not known: see tasks/models.toml")


@dataclass(frozen=True, slots=True)
class Tried:
    """One case on one rung: whether it failed, by repeat, and its mean US dollars; None where a price is not known."""

    failed: tuple[bool, ...]
    usd: float | None = None


Trials = dict[str, Tried]
"""By case id."""

_Pairs = dict[str, tuple[Tried, Tried]]


def step(names: tuple[str, str], before: Trials, after: Trials, clusters: Mapping[str, str]) -> Step:
    """The step from one to the other, over the cases that both have; its p-value is not corrected yet.

    Repeats are compared one by one, the first with the first, as far as both have them. A case is fixed where it fails
    in fewer of them than before, and broken where in more.

    Args:
        names: of the two.
        before: at least one case that `after` has, too.
        after: likewise.
        clusters: by case id, what it is dependent with.
    """
    pairs = _pairs(before, after)
    moved = {case: sum(now.failed) - sum(was.failed) for case, (was, now) in pairs.items()}
    rows = _clustered(pairs, clusters)
    p = repeats.permutation(*rows)
    return Step(
        before=names[0],
        after=names[1],
        difference=repeats.difference(*rows),
        fixed=tuple(case for case, change in moved.items() if change < 0),
        broken=tuple(case for case, change in moved.items() if change > 0),
        p=p,
        p_adjusted=p,
        usd_per_fix=_usd_per_fix(pairs, clusters),
    )


def difference(before: Trials, after: Trials, clusters: Mapping[str, str]) -> Estimate:
    """The paired difference alone, after minus before."""
    return repeats.difference(*_clustered(_pairs(before, after), clusters))


def corrected(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The same with their p-values corrected for all of them together (Holm)."""
    found = tuple(steps)
    adjusted = multiple.holm([each.p for each in found])
    return tuple(dataclasses.replace(each, p_adjusted=p) for each, p in zip(found, adjusted, strict=True))


def correction(steps: Sequence[Step]) -> str:
    """How the p-values were corrected, in words."""
    if not steps:
        return "Nothing is compared, so nothing had to be corrected."
    if len(steps) == 1:
        return "One comparison: its p-value (McNemar's exact test, two-sided) needs no correction."
    return (
        f"The p-values of these {len(steps)} comparisons (McNemar's exact test, two-sided) are corrected together by "
        "Holm's method: where none of them differs, any is called a difference in at most 5 % of measurements. "
        "The intervals are 95 % each, not corrected."
    )


def _pairs(before: Trials, after: Trials) -> _Pairs:
    """The cases that both have, in the order of their ids, with as many repeats of each as both have."""
    found: _Pairs = {}
    for case in sorted(before.keys() & after.keys()):
        both = min(len(before[case].failed), len(after[case].failed))
        was, now = (dataclasses.replace(each, failed=each.failed[:both]) for each in (before[case], after[case]))
        found[case] = (was, now)
    return found


def _clustered(pairs: _Pairs, clusters: Mapping[str, str]) -> tuple[list[list[bool]], list[list[bool]]]:
    """By cluster, whether each answer failed before, and after."""
    before: dict[str, list[bool]] = {}
    after: dict[str, list[bool]] = {}
    for case, (was, now) in pairs.items():
        before.setdefault(clusters[case], []).extend(was.failed)
        after.setdefault(clusters[case], []).extend(now.failed)
    return list(before.values()), list(after.values())


def _usd_per_fix(pairs: _Pairs, clusters: Mapping[str, str]) -> Estimate:
    """US dollars more an event, over the failures less an event; sums by cluster."""
    spent: dict[str, list[float]] = {}
    fixed: dict[str, list[float]] = {}
    for case, (was, now) in pairs.items():
        if was.usd is None or now.usd is None:
            return UNPRICED
        spent.setdefault(clusters[case], []).append(now.usd - was.usd)
        fixed.setdefault(clusters[case], []).append((sum(was.failed) - sum(now.failed)) / len(now.failed))
    less = [math.fsum(each) for each in fixed.values()]
    found = ratio.ratio([math.fsum(each) for each in spent.values()], less)
    return NONE_REMOVED if found.value is not None and math.fsum(less) < 0 else found
