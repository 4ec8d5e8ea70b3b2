"""A sample of the cases, stratified by class, and the same for the same seed, whatever order the file is in.

Each stratum gets its share of the sample (Hamilton's method of largest remainders), and at least one case. Within a
stratum all cases have the same chance, and it is known: that is what an unbiased estimate needs. Each case has a
random number of its own, from its id and the seed, and those with the lowest are drawn.

Source: Cochran, Sampling Techniques, 3rd ed. 1977, sections 5.3 to 5.5 (proportional allocation).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from processor.measure.records import Case


def shuffled(cases: Iterable[Case], seed: int) -> list[Case]:
    """The cases in an order that is random, and the same for the same ids and seed."""
    return sorted(cases, key=lambda case: (hashlib.sha256(f"{seed}\0{case.id}".encode()).digest(), case.id))


def draw(
    cases: Sequence[Case], most: int | None, seed: int, stratum_of: Callable[[Case], str]
) -> tuple[tuple[Case, ...], Mapping[str, tuple[int, int]]]:
    """At most `most` cases, and how many were kept of how many, by stratum.

    What is drawn has `inclusion` multiplied by its chance to be drawn. Where `most` is less than there are strata, all
    cases are one stratum, named `""`: one of each could not be had, and a stratum without any would bias what is
    estimated. Nothing is drawn where all may be kept: the strata are empty then.

    Args:
        cases: with ids that differ.
        most: over 0; None keeps all.
        seed: another seed draws others.
        stratum_of: a case's stratum.
    """
    ordered = shuffled(cases, seed)
    if most is None or most >= len(ordered):
        return tuple(ordered), {}
    strata = {case.id: stratum_of(case) for case in ordered}
    if len(set(strata.values())) > most:
        strata = dict.fromkeys(strata, "")
    sizes = Counter(strata.values())
    quota = allocate(sizes, most)
    left, drawn = dict(quota), []
    for case in ordered:
        stratum = strata[case.id]
        if left[stratum]:
            left[stratum] -= 1
            chance = (case.inclusion or 1.0) * quota[stratum] / sizes[stratum]
            drawn.append(dataclasses.replace(case, inclusion=chance))
    return tuple(drawn), {stratum: (quota[stratum], sizes[stratum]) for stratum in sorted(sizes)}


def allocate(sizes: Mapping[str, int], most: int) -> dict[str, int]:
    """How many of each stratum make `most` together: in proportion to their sizes, at least one, at most all.

    Args:
        sizes: by stratum, each over 0.
        most: from the number of strata up to the sum of the sizes.
    """
    given: dict[str, int] = {}
    while True:
        rest = {stratum: size for stratum, size in sizes.items() if stratum not in given}
        places, total = most - len(given), sum(rest.values())
        small = [stratum for stratum, size in rest.items() if places * size < total]
        if not small:
            break
        given |= dict.fromkeys(small, 1)  # their share is less than one: what it takes to one, the others give
    whole = {stratum: places * size // total for stratum, size in rest.items()}
    by_remainder = sorted(rest, key=lambda stratum: (-(places * rest[stratum] % total), stratum))
    more = set(by_remainder[: places - sum(whole.values())])
    return given | {stratum: count + (stratum in more) for stratum, count in whole.items()}
