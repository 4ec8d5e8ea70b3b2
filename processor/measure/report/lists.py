"""The cases behind the numbers: each number that counts some has a list of them in the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of cases: its place in the page, what they have in common, and their ids in the order of the run."""

    anchor: str
    title: str
    cases: tuple[str, ...]


class Lists:
    """All lists of a page, in the order in which its sections ask for them."""

    def __init__(self, cases: Iterable[str]) -> None:
        """`cases` are the ids of the run's cases, in its order: only they can be linked."""
        self._order = {case: place for place, case in enumerate(cases)}
        self._made: dict[tuple[str, tuple[str, ...]], Listed] = {}

    def add(self, title: str, cases: Iterable[str]) -> Listed | None:
        """The list of these cases; None where there are none, so that nothing links to an empty one."""
        known = tuple(sorted({case for case in cases if case in self._order}, key=self._order.__getitem__))
        if not known:
            return None
        key = title, known
        return self._made.setdefault(key, Listed(f"list-{len(self._made) + 1}", title, known))

    def anchor(self, case: str) -> str | None:
        """The place of a case in the page, without `#`; None where it is none of the run's."""
        place = self._order.get(case)
        return None if place is None else f"case-{place + 1}"

    @property
    def all(self) -> tuple[Listed, ...]:
        """Those that were asked for so far."""
        return tuple(self._made.values())
