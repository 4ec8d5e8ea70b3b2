"""The items of two lists whose order does not matter, paired so that as many as can be have their like.

A maximum matching, by augmenting paths: whatever `like` is, no other pairing has more pairs.

Source: Hopcroft, Karp, "An n^5/2 algorithm for maximum matchings in bipartite graphs", 1973 (the simple form of it).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


def pair(
    left: Sequence[T], right: Sequence[T], like: Callable[[T, T], bool], best: Callable[[T, T], bool] | None = None
) -> dict[int, int]:
    """Which item of `left` goes with which of `right`, by their indices.

    Args:
        left: items.
        right: items.
        like: whether two may go together.
        best: whether they should, of several that may; implies `like`.
    """
    can = [[j for j, other in enumerate(right) if like(item, other)] for item in left]
    partner: dict[int, int] = {}
    if best is not None:
        for i, item in enumerate(left):
            free = (j for j in can[i] if j not in partner and best(item, right[j]))
            if (found := next(free, None)) is not None:
                partner[found] = i
    placed = set(partner.values())
    for i in range(len(left)):
        if i not in placed:
            _augment(i, can, partner)
    return {i: j for j, i in sorted(partner.items(), key=lambda pair: pair[1])}


def overlap(kind: Literal["exact", "f1", "jaccard"], pairs: int, left: int, right: int) -> float:
    """How much two lists of these lengths share, from 0 to 1, when `pairs` of their items have their like.

    `exact` is 1 where all have and else 0. Two empty lists share all.
    """
    if kind == "exact":
        return float(pairs == left == right)
    whole = left + right if kind == "f1" else left + right - pairs
    return 1.0 if whole == 0 else (2 * pairs if kind == "f1" else pairs) / whole


def _augment(start: int, can: Sequence[Sequence[int]], partner: dict[int, int]) -> None:
    """Find a partner for `start`, others moving on where that makes room; breadth first."""
    came: dict[int, int] = {}
    waiting = deque([start])
    while waiting:
        i = waiting.popleft()
        for j in can[i]:
            if j in came:
                continue
            came[j] = i
            if j in partner:
                waiting.append(partner[j])
                continue
            _turn(j, start, came, partner)
            return


def _turn(free: int, start: int, came: dict[int, int], partner: dict[int, int]) -> None:
    """Give everybody along the path from `start` to the free place the next place on it."""
    place, i = free, came[free]
    while i != start:
        left = next(j for j, who in partner.items() if who == i)
        partner[place] = i
        place, i = left, came[left]
    partner[place] = start
