"""Whether what comes now is like what came before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALL = 5
"""An expected count under this is too small for the chi-square distribution."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How two label distributions differ; all None where one has no cases.

    Attributes:
        p: of the test that they are one distribution.
        distance: total variation: the share of the cases that would have to change their label, from 0 to 1.
        by_chance: the distance to expect of samples of these sizes if nothing had changed; with many labels and few
            cases it is far from 0.
    """

    p: float | None
    distance: float | None
    by_chance: float | None


def labels(before: Mapping[str, int], now: Mapping[str, int], *, seed: int = 0) -> Drift:
    """Whether two label distributions, as counts by label, differ.

    Pearson's chi-square test of homogeneity, with a Monte Carlo p-value (9,999 tables with the same margins, drawn from
    `seed`) where expected counts are small: A. C. A. Hope, A simplified Monte Carlo significance test procedure,
    Journal of the Royal Statistical Society B 30 (1968), 582-598.
    """
    names = sorted(name for name in {*before, *now} if before.get(name, 0) + now.get(name, 0))
    table = np.array([[counts.get(name, 0) for name in names] for counts in (before, now)])
    sizes = table.sum(axis=1)
    if not sizes.all():
        return Drift(None, None, None)
    distance = float(np.abs(table[0] / sizes[0] - table[1] / sizes[1]).sum() / 2)
    pooled = table.sum(axis=0) / sizes.sum()
    errors = np.sqrt(pooled * (1 - pooled) * (1 / sizes).sum())
    return Drift(_p(table, seed), distance, float(errors.sum()) / math.sqrt(2 * math.pi))


def worse(errors: int, n: int, guaranteed: float) -> float:
    """The p-value of "the error rate is still at most the guaranteed one": how likely so many errors or more would be.

    The exact binomial test, one-sided; 1 of no cases.

    Raises:
        ValueError: `errors` is not between 0 and `n`, or `guaranteed` not between 0 and 1.
    """
    return float(stats.binomtest(errors, n, guaranteed, alternative="greater").pvalue) if n else 1.0


def _p(table: np.ndarray, seed: int) -> float:
    if table.shape[1] == 1:
        return 1.0
    small = stats.contingency.expected_freq(table).min() < SMALL
    method = stats.MonteCarloMethod(rng=np.random.default_rng(seed)) if small else None
    return float(stats.chi2_contingency(table, correction=False, method=method).pvalue)
