"""Where topics are read on: behind what is in the view, as far as they still have it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from processor.review.view.writing import Place


def fit(stored: Mapping[Place, int], bounds: Mapping[Place, range], topics: Container[str]) -> bool:
    """Whether all partitions of these topics can be read on from where they were read to."""
    return all(_within(stored.get(at), there) for at, there in bounds.items() if at[0] in topics)


def on(stored: Mapping[Place, int], bounds: Mapping[Place, range]) -> dict[Place, int]:
    """Where to read on: as near as there is to where a partition was read to, and from its begin without that."""
    return {at: _clamped(stored.get(at), there) for at, there in bounds.items()}


def on_or_since(
    stored: Mapping[Place, int], since: Mapping[Place, int], bounds: Mapping[Place, range]
) -> dict[Place, int]:
    """Likewise; what was not read, or of a topic that was made anew, from the places of `since` on."""
    kept = {
        at: stored[at] if at in stored and _within(stored[at], there) else since[at] for at, there in bounds.items()
    }
    return on(kept, bounds)


def _within(stored: int | None, there: range) -> bool:
    """Whether a partition can be read on from there; one that was never read has to be read from its beginning."""
    return stored is None or there.start <= stored <= there.stop


def _clamped(stored: int | None, there: range) -> int:
    return there.start if stored is None else min(max(stored, there.start), there.stop)
