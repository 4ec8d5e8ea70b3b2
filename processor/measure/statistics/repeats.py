"""What may depend on each other: repeats of a case, cases of a customer. The clusters are the sample, not the answers.

Intervals are those of independent answers at the effective sample size: the number of independent answers that would
say as much. It is the number of clusters where the answers of a cluster only repeat each other, and the number of
answers where they tell nothing of each other, so that repeats neither feign certainty nor take any away.

Sources: E. Miller, Adding error bars to evals, arXiv 2411.00640 (2024), for the clustered standard error; S. Bowyer, L.
Aitchison and D. R. Ivanova, Position: don't use the CLT in LLM evals with fewer than a few hundred datapoints, arXiv
2503.01747 (2025), for why an interval is not that error times 1.96; E. L. Korn and B. I. Graubard, Confidence intervals
for proportions with small expected number of positive counts estimated from survey data, Survey Methodology 24 (1998),
193-201, for an interval at the effective sample size; L. Kish, Survey sampling (1965), for the design effect by the
correlation within clusters; J. L. Fleiss and J. Cuzick, The reliability of dichotomous judgments: unequal numbers of
judges per subject, Applied Psychological Measurement 3 (1979), 537-542, for that correlation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from processor.core.views import intervals
from processor.measure.figures import Repeats, Share
from processor.measure.statistics import paired

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.measure.figures import Estimate

    Rows = Sequence[Sequence[bool]]
    """By cluster, its answers: whether each failed."""


def grouped(values: Iterable[bool], groups: Iterable[str]) -> Rows:
    """The values by what they have in common, in order of first sight; one without a group stands alone."""
    rows: dict[object, list[bool]] = {}
    for number, (value, group) in enumerate(zip(values, groups, strict=True)):
        rows.setdefault(group or number, []).append(value)
    return tuple(rows.values())


def variation(rows: Rows) -> Repeats:
    """How much a model varies over repeats; the rows are the cases.

    Raises:
        ValueError: no case has two repeats.
    """
    repeated = [row for row in rows if len(row) > 1]
    if not repeated:
        raise ValueError("no case has two repeats")
    within = sum(_square_error(row) / (len(row) - 1) for row in repeated) / len(repeated)
    return Repeats(max(map(len, rows)), 1 - 2 * within, within, standard_error(rows))


def standard_error(rows: Sequence[Sequence[float]]) -> float:
    """The clustered standard error of the mean of all values; of single values, the usual one; 0 of none."""
    n = sum(map(len, rows))
    mean = sum(map(sum, rows)) / n if n else 0
    return math.sqrt(sum((sum(row) - len(row) * mean) ** 2 for row in rows)) / n if n else 0.0


def share(rows: Rows) -> Share:
    """The share of the answers that failed, with Wilson's 95 % interval at the effective sample size.

    It covers 92 to 97 % from some twenty clusters of like size on, and a little less where there are fewer, or where
    one of them holds most of the answers.
    """
    count, n = sum(map(sum, rows)), sum(map(len, rows))
    effective = effective_size(rows)
    return Share(count, n, *intervals.wilson(count / n * effective if n else 0, effective))


def difference(before: Rows, after: Rows) -> Estimate:
    """The failure rate after minus the one before, with `paired.difference`'s interval at the effective sample size.

    Args:
        before: by cluster, its answers.
        after: the same cases in the same order, each with as many repeats as before.

    Raises:
        ValueError: the two do not have the same shape.
    """
    changes = _changes(before, after)
    n = sum(map(len, changes))
    weight = effective_size(changes) / n if n else 0.0
    both = sum(was and now for pair in zip(before, after, strict=True) for was, now in zip(*pair, strict=True))
    fixed, broken = (sum(row.count(sign) for row in changes) for sign in (-1, 1))
    return paired.difference(fixed * weight, broken * weight, both * weight, n * weight)


def permutation(before: Rows, after: Rows) -> float:
    """The two-sided p-value that before and after might change places, cluster by cluster; 1 where nothing changed.

    Fisher's exact permutation test of the summed changes: of all ways to swap before and after in whole clusters, the
    share with a sum at least as far from 0. With one answer a cluster it is McNemar's exact test. Source: R. A. Fisher,
    The design of experiments (1935), section 21.

    Raises:
        ValueError: the two do not have the same shape.
    """
    sums = [sum(row) for row in _changes(before, after)]
    if all(abs(change) <= 1 for change in sums):
        return paired.mcnemar(sums.count(-1), sums.count(1))
    reach = sum(map(abs, sums))
    chances = np.zeros(2 * reach + 1)
    chances[reach] = 1.0
    for size in filter(None, map(abs, sums)):
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2
    return min(1.0, float(chances[np.abs(np.arange(-reach, reach + 1)) >= abs(sum(sums))].sum()))


def effective_size(rows: Sequence[Sequence[float]]) -> float:
    """How many independent values say as much about the mean as these do: from 1 up to as many as there are; 0 of none.

    The smaller of two answers: by the clusters' own sums, which is right whatever the clusters are, but too high where
    a few large ones count most; and by the correlation within clusters, which is taken to be the same in all. Values
    that are all the same, and a single cluster, say nothing of the correlation: it is then taken to be 1.
    """
    filled = [row for row in rows if row]
    n = sum(map(len, filled))
    total = _square_error([value for row in filled for value in row])
    one_a_cluster = sum(len(row) ** 2 for row in filled) / n - 1 if n else 0.0
    if total == 0 or one_a_cluster == 0 or len(filled) == 1:
        return n / (1 + one_a_cluster)
    within = sum(map(_square_error, filled)) / (n - len(filled))
    correlation = min(1.0, max(0.0, 1 - within * n / total))
    by_sums = total / n / max(standard_error(filled) ** 2, total / n / n)
    return min(by_sums, n / (1 + one_a_cluster * correlation))


def _changes(before: Rows, after: Rows) -> list[list[int]]:
    """By cluster and answer: 1 where it is broken, -1 where it is fixed, else 0."""
    pairs = zip(before, after, strict=True)
    return [[int(now) - int(was) for was, now in zip(*pair, strict=True)] for pair in pairs]


def _square_error(values: Sequence[float]) -> float:
    """The sum of the squared distances from the mean."""
    mean = sum(values) / len(values) if values else 0.0
    return sum((value - mean) ** 2 for value in values)
