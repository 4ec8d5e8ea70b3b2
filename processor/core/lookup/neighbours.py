"""The chunks around a found one: which to ask for, and where they stand among what was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from processor.core.lookup import entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.core.records import Passage


def wanted(found: Iterable[Passage], reach: int) -> tuple[str, ...]:
    """The ids of up to `reach` chunks before and after each found one, but for those that were found themselves."""
    found = tuple(found)
    around = (identity for passage in found for identity in _window(passage, reach))
    return tuple(dict.fromkeys(identity for identity in around if identity not in {passage.id for passage in found}))


def join(found: Sequence[Passage], others: Iterable[Passage], reach: int) -> list[Passage]:
    """Each found passage amid its neighbours, in the order of the document; the nearest first, and none twice.

    A neighbour that was not found itself has the score of the one that it stands beside.
    """
    own = {passage.id: passage for passage in found}
    beside = {passage.id: passage for passage in others}
    joined: dict[str, Passage] = {}
    for passage in found:
        for identity in _window(passage, reach):
            if identity in own:
                joined.setdefault(identity, own[identity])
            elif identity in beside:
                joined.setdefault(identity, replace(beside[identity], score=passage.score))
    return list(joined.values())


def _window(passage: Passage, reach: int) -> list[str]:
    first = max(0, passage.position - reach)
    return [entry.place(passage.source, position) for position in range(first, passage.position + reach + 1)]
