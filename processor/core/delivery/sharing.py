"""Who works on which partitions: equal shares, and whoever has one keeps it where that leaves the shares equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def shares(numbers: Iterable[int], owned: Mapping[str, Collection[int]]) -> dict[str, list[int]]:
    """Partition numbers by member, in rising order.

    Args:
        numbers: all that there are.
        owned: by member, those that it says it has; where two say so, the first by name is believed.

    The shares differ by one at the most, and no more numbers move than that needs. All members of a group come to the
    same result from the same input.
    """
    left = set(numbers)
    least, over = divmod(len(left), len(owned))
    found: dict[str, list[int]] = {}
    # Those who have most keep the larger shares: fewer partitions move.
    for member in sorted(owned, key=lambda name: (-len(left & set(owned[name])), name)):
        kept = sorted(left & set(owned[member]))[: least + (over > 0)]
        over -= len(kept) > least
        found[member] = kept
        left.difference_update(kept)
    for number in sorted(left):
        member = min(found, key=lambda name: (len(found[name]), name))
        found[member].append(number)
    return {member: sorted(kept) for member, kept in sorted(found.items())}
