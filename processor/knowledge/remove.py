"""Taking knowledge out of the vector store again, as a whole or by document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core.lookup import collections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.core.lookup.collections import Kind
    from processor.knowledge.load import Store


@dataclass(frozen=True, slots=True)
class Removed:
    """What was, or would be, deleted of one collection; `whole`: the collection itself."""

    kind: Kind
    collection: str
    sources: tuple[str, ...]
    entries: int
    whole: bool


async def remove(
    store: Store, kind: Kind, collection: str, patterns: Sequence[str], *, dry_run: bool
) -> Removed | None:
    """Delete what is from sources that the patterns mean, or with no pattern the collection.

    None where there is nothing of it.
    """
    stored = await store.stored(collection)
    if stored is None:
        return None
    meant = [kept for kept in stored.entries if not patterns or collections.matches(kept.source, patterns)]
    if patterns and not meant:
        return None
    if not dry_run:
        if patterns:
            await store.delete(collection, [kept.id for kept in meant])
        else:
            await store.drop(collection)
    sources = tuple(sorted({kept.source for kept in meant}))
    return Removed(kind, collection, sources, len(meant), whole=not patterns)
