"""The vector store's writing side in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from processor.core.lookup import collections, entry


@dataclass
class FakeStore:
    """Collections in memory; `calls` says what was written and deleted."""

    kept: dict[str, dict[str, entry.Entry]] = field(default_factory=dict)
    made_with: dict[str, collections.Vectors | None] = field(default_factory=dict)
    calls: list[tuple[str, list[str]]] = field(default_factory=list)
    now: datetime = datetime(2026, 1, 2, tzinfo=UTC)

    async def stored(self, name):
        if name not in self.kept:
            return None
        kept = (
            collections.Kept(each.id, each.source, each.content_hash, each.version, self.now)
            for each in self.kept[name].values()
        )
        return collections.Stored(tuple(kept), self.made_with[name])

    async def create(self, name, vectors):
        self.kept[name] = {}
        self.made_with[name] = vectors

    async def drop(self, name):
        del self.kept[name]

    async def write(self, name, model, entries, vectors):
        assert len(entries) == len(vectors)
        made = self.made_with[name]
        assert made is not None
        assert model == made.model
        self.calls.append(("write", [each.id for each in entries]))
        self.kept[name].update({each.id: each for each in entries})

    async def delete(self, name, ids):
        self.calls.append(("delete", list(ids)))
        for passage_id in ids:
            del self.kept[name][passage_id]
