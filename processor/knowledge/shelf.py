"""What is stored, as people want to see it: by document."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from processor.core.lookup.collections import Kept, Kind, Stored


@dataclass(frozen=True, slots=True)
class Shelved:
    """A document, or the examples file, as it is stored.

    Attributes:
        kind: `fact` or `example`.
        source: its path, as in passages.
        collection: where it is.
        chunks: its pieces.
        version: 16 hex digits over its pieces' ids and content hashes.
        loaded_at: when the last of its pieces was written.
    """

    kind: Kind
    source: str
    collection: str
    chunks: tuple[Kept, ...]
    version: str
    loaded_at: datetime


def documents(kind: Kind, collection: str, stored: Stored) -> Iterator[Shelved]:
    """What a collection holds, in the order of the sources."""
    entries = sorted(stored.entries, key=lambda kept: (kept.source, kept.id))
    for source, group in itertools.groupby(entries, key=lambda kept: kept.source):
        chunks = tuple(group)
        digest = hashlib.sha256("\n".join(f"{kept.id}\0{kept.content_hash}" for kept in chunks).encode())
        loaded_at = max(kept.written_at for kept in chunks)
        yield Shelved(kind, source, collection, chunks, digest.hexdigest()[:16], loaded_at)
