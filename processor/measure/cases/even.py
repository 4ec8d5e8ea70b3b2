"""Of cases that came to be labelled with unlike chances, those that are a random sample of the events.

The tests that a promise rests on ask for cases of which each event had the same chance to be one. Each case is kept
with the least of all chances over its own, so that all have the least one in the end: where all that went to people is
labelled and a tenth of the results was audited, the audits and a tenth of the others.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.measure.records import Case

BITS = 53
"""Of a random number, as many as a float holds exactly."""


def even(cases: Iterable[Case], seed: int) -> tuple[Case, ...]:
    """Those that are kept, in their order: all where their chances are alike. The same seed keeps the same."""
    given = tuple(cases)
    least = min((case.chance for case in given), default=1.0)
    return tuple(case for case in given if _number(case, seed) < least / case.chance)


def _number(case: Case, seed: int) -> float:
    """A number as good as random, from 0 to below 1."""
    digest = hashlib.sha256(f"even\0{seed}\0{case.id}".encode("utf-8", "replace")).digest()
    return (int.from_bytes(digest[:8]) >> (64 - BITS)) / (1 << BITS)
