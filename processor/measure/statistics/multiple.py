"""Many comparisons at once: p-values corrected so that the chance of any false alarm among them stays what it was.

Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979),
65-70. It asks nothing of how the comparisons depend on each other, and is never weaker than Bonferroni's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """The adjusted p-values, in the order given: those at most alpha are rejected together at level alpha.

    Raises:
        ValueError: one is not between 0 and 1.
    """
    if not all(0 <= p <= 1 for p in ps):
        raise ValueError("p-values are between 0 and 1")
    adjusted, highest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = highest
    return tuple(adjusted)
