"""What may depend on each other: repeats of a case, cases of a customer. The clusters are the sample, not the answers.

Sources: E. Miller, Adding error bars to evals, arXiv 2411.00640 (2024), for the clustered standard error; S. Bowyer, L.
Aitchison and D. R. Ivanova, Position: don't use the CLT in LLM evals with fewer than a few hundred datapoints, arXiv
2503.01747 (2025), for why the interval is not that error times 1.96; E. L. Korn and B. I. Graubard, Confidence
intervals for proportions with small expected number of positive counts estimated from survey data, Survey Methodology
24 (1998), 193-201, for an interval at the effective sample size.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from processor.core.views import intervals
from processor.measure.figures import Repeats, Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Rows = Sequence[Sequence[bool]]


def variation(rows: Rows) -> Repeats:
    """How much a model varies over repeats.

    Args:
        rows: for each case, whether it failed, by repeat.

    Raises:
        ValueError: no case has two repeats.
    """
    repeated = [row for row in rows if len(row) > 1]
    if not repeated:
        raise ValueError("no case has two repeats")
    within = sum(_variance(row) for row in repeated) / len(repeated)
    return Repeats(max(map(len, rows)), 1 - 2 * within, within, standard_error(rows))


def standard_error(rows: Rows) -> float:
    """The clustered standard error of the share of true values among all: each row is a cluster.

    With one value a row it is the usual error of a share; values that only repeat each other do not make it smaller.
    """
    n = sum(map(len, rows))
    mean = sum(map(sum, rows)) / n
    return math.sqrt(sum((sum(row) - len(row) * mean) ** 2 for row in rows)) / n


def share(rows: Rows) -> Share:
    """The share of true values among all, with a 95 % interval that takes each row for one cluster.

    It is Wilson's at the effective sample size, the number of independent values that would have the same standard
    error: as many as there are rows where the values of a row are all the same, and as all values where they are
    independent. Where the values are all the same, it is the number of rows.
    """
    filled = [row for row in rows if row]
    count, n = sum(map(sum, filled)), sum(map(len, filled))
    if count in {0, n}:
        return Share(count, n, *_wilson(count / n if n else 0, len(filled)))
    mean = count / n
    effective = min(n, mean * (1 - mean) / standard_error(filled) ** 2)
    return Share(count, n, *_wilson(mean, effective))


def grouped(values: Iterable[bool], groups: Iterable[str]) -> Rows:
    """The values by what they have in common, in order of first sight; a value without a group stands alone."""
    rows: dict[object, list[bool]] = {}
    for number, (value, group) in enumerate(zip(values, groups, strict=True)):
        rows.setdefault(group or number, []).append(value)
    return tuple(rows.values())


def _variance(row: Sequence[bool]) -> float:
    """The unbiased variance of two or more values."""
    mean = sum(row) / len(row)
    return mean * (1 - mean) * len(row) / (len(row) - 1)


def _wilson(mean: float, effective: float) -> tuple[float, float]:
    return intervals.wilson(mean * effective, effective)
