"""How far two reviewers agree on the class of a case, beyond what chance would give."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from processor.measure.ladder import rows
from processor.measure.statistics import agreement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.measure.figures import Estimate
    from processor.measure.records import Case


def of(cases: Iterable[Case], class_place: str) -> tuple[Estimate, int] | None:
    """Cohen's kappa of the two reviewers who labelled the most cases together, and how many those are.

    Kappa is of two people: those of several pairs are not one number. None where no two labelled one case with a class.
    """
    given = [{name: rows.class_of(label, class_place) for name, label in case.labels_by.items()} for case in cases]
    classes = [{name: each for name, each in found.items() if each is not None} for found in given]
    pairs = Counter(pair for found in classes for pair in itertools.combinations(sorted(found), 2))
    if not pairs:
        return None
    one, other = min(pairs, key=lambda pair: (-pairs[pair], pair))
    shared = [(found[one], found[other]) for found in classes if one in found and other in found]
    return agreement.kappa(*zip(*shared, strict=True)), len(shared)
