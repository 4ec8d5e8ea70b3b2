"""What was planted and what was found -> how often the attribution is right. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.measure.causes.records import CAUSES
from processor.measure.statistics import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.planted.plants import Kind, Planted
    from processor.measure.causes.records import Cause, Causes
    from processor.measure.figures import Share


@dataclass(frozen=True, slots=True)
class Figures:
    """The benchmark's result.

    Attributes:
        right: failures whose cause is the planted one.
        kinds: the same by the kind of plant.
        confusion: by planted and found cause, how many.
        whole: planted cases that did not fail, so that there is no cause to find.
        wrong: of each wrong one, its id, what was planted, what was found, and the finding's own words.
    """

    right: Share
    kinds: Mapping[str, Share]
    confusion: Mapping[tuple[Cause, Cause], int]
    whole: int
    wrong: Sequence[tuple[str, str, Cause, str]]


def of(planted: Sequence[Planted], causes: Causes) -> Figures:
    """Hold what was found against what was planted."""
    by_id = {each.case.id: each for each in planted}
    pairs = [(by_id[finding.case], finding) for finding in causes.findings]
    confusion = Counter((each.kind.cause, finding.cause) for each, finding in pairs)

    def share(kind: Kind | None = None) -> Share:
        right = [each.kind.cause == finding.cause for each, finding in pairs if kind in (None, each.kind)]
        return intervals.share(sum(right), len(right))

    kinds = dict.fromkeys(each.kind.name for each in planted)
    first = {each.kind.name: each.kind for each in planted}
    return Figures(
        right=share(),
        kinds={name: share(first[name]) for name in kinds},
        confusion=confusion,
        whole=len(planted) - len(pairs),
        wrong=[
            (each.case.id, each.kind.name, finding.cause, finding.why)
            for each, finding in pairs
            if each.kind.cause != finding.cause
        ],
    )


def document(found: Figures) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "right": _share(found.right),
        "kinds": {name: _share(share) for name, share in found.kinds.items()},
        "confusion": [
            {"planted": planted, "found": cause, "cases": count} for (planted, cause), count in _sorted(found)
        ],
        "did_not_fail": found.whole,
        "wrong": [dict(zip(("case", "kind", "found", "why"), each, strict=True)) for each in found.wrong],
    }


def lines(found: Figures) -> list[str]:
    """The same to read: the confusion matrix, one line for each planted cause, then each kind of plant."""
    seen = [cause for cause in CAUSES if any(cause in pair for pair in found.confusion)]
    corner = "planted / found"
    table = [f"{corner:<16}" + "".join(f"{cause:>12}" for cause in seen)]
    for planted in seen:
        counts = (found.confusion.get((planted, cause), 0) for cause in seen)
        table.append(f"{planted:<16}" + "".join(f"{count or '.':>12}" for count in counts))
    kinds = [f"{name:<42}{_told(share)}" for name, share in found.kinds.items()]
    return [*table, "", *kinds, "", f"{'all':<42}{_told(found.right)}", f"{found.whole} planted cases did not fail"]


def _sorted(found: Figures) -> list[tuple[tuple[Cause, Cause], int]]:
    return sorted(found.confusion.items(), key=lambda item: (CAUSES.index(item[0][0]), CAUSES.index(item[0][1])))


def _share(found: Share) -> dict[str, Any]:
    return {"count": found.count, "n": found.n, "share": found.share, "low": found.low, "high": found.high}


def _told(found: Share) -> str:
    share = "–" if found.share is None else f"{100 * found.share:.1f} %"
    return f"{found.count:>4} of {found.n:<4} {share:>8}  [{100 * found.low:.1f}, {100 * found.high:.1f}]"
