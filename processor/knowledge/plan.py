"""The difference between what is stored and what should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.lookup.entry import Entry


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes a collection right: entries to add and to replace, ids to delete; the rest is right already."""

    add: tuple[Entry, ...]
    replace: tuple[Entry, ...]
    delete: tuple[str, ...]
    unchanged: int

    @property
    def write(self) -> tuple[Entry, ...]:
        """The entries to embed and store."""
        return self.add + self.replace


def diff(wanted: Sequence[Entry], stored: Mapping[str, str]) -> Plan:
    """Compare by id and version.

    Args:
        wanted: what should be stored; ids are unique.
        stored: version by id of what is.
    """
    changed = [entry for entry in wanted if stored.get(entry.id) != entry.version]
    return Plan(
        add=tuple(entry for entry in changed if entry.id not in stored),
        replace=tuple(entry for entry in changed if entry.id in stored),
        delete=tuple(sorted(stored.keys() - {entry.id for entry in wanted})),
        unchanged=len(wanted) - len(changed),
    )
