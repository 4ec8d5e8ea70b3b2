"""Inputs that are the same, or nearly: what must not stand on both sides of a split.

Two inputs are near duplicates where they share most of their runs of three words: a Jaccard index of at least 0.8 (A.
Z. Broder, On the resemblance and containment of documents, 1997). All pairs are found, exactly, by prefix filtering: R.
J. Bayardo, Y. Ma and R. Srikant, Scaling up all pairs similarity search, WWW 2007.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORDS = 3
"""Words of a run."""

LIKE = 0.8
"""From which share of all their runs on, two inputs are near duplicates."""


def shingles(text: str) -> frozenset[str]:
    """The runs of three words in a text; of a shorter one, its words as one."""
    words = re.findall(r"\w+", text.casefold())
    if len(words) <= WORDS:
        return frozenset([" ".join(words)])
    return frozenset(" ".join(words[start : start + WORDS]) for start in range(len(words) - WORDS + 1))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of all their runs that both have."""
    return len(one & other) / len(one | other)


def near(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """All pairs of ids whose texts are near duplicates, each once."""
    found = {ident: shingles(text) for ident, text in texts.items()}
    counts = Counter(run for runs in found.values() for run in runs)
    # The rarest runs first: texts that share most of their runs share one of the first few.
    ranked = {ident: sorted(runs, key=lambda run: (counts[run], run)) for ident, runs in found.items()}
    seen: dict[str, list[str]] = defaultdict(list)
    for ident in sorted(ranked, key=lambda each: (len(ranked[each]), each)):
        prefix = _prefix(ranked[ident])
        for other in sorted({each for run in prefix for each in seen[run]}):
            if jaccard(found[ident], found[other]) >= LIKE:
                yield other, ident
        for run in prefix:
            seen[run].append(ident)


def _prefix(runs: Sequence[str]) -> Sequence[str]:
    return runs[: len(runs) - math.ceil(LIKE * len(runs)) + 1]


def has_near(texts: Sequence[str], others: Sequence[str]) -> list[bool]:
    """For each of the texts, whether one of the others is a near duplicate; by counting what they share."""
    runs = [shingles(text) for text in others]
    where: dict[str, list[int]] = defaultdict(list)
    for number, found in enumerate(runs):
        for run in found:
            where[run].append(number)

    def near_one(own: frozenset[str]) -> bool:
        shared = Counter(number for run in own for number in where.get(run, ()))
        return any(count >= LIKE * (len(own) + len(runs[number]) - count) for number, count in shared.items())

    return [near_one(shingles(text)) for text in texts]
