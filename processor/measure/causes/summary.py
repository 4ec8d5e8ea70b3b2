"""Findings -> how often each cause, and what to change first. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from processor.measure.causes.records import CAUSES, CauseShare, Change, Place
from processor.measure.figures import Estimate
from processor.measure.statistics import repeats

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from processor.measure.causes.records import Cause, Finding
    from processor.measure.figures import Share

METHOD = (
    "Wilson 95 % intervals, each cause for itself: they are not simultaneous. They are of failures like these, "
    "those of one group of cases together; of what is expected to go, the same share of all that were measured."
)

PROVED: frozenset[Cause] = frozenset(
    {"absent", "missed", "cut", "unused", "format", "both", "lenient", "withheld"},
)
"""The causes of which a replay, or the answer itself, shows that a change removes the failure."""

NAMED = 3
"""Labels that a change names one by one."""


def shares(findings: Sequence[Finding], clusters: Mapping[str, str]) -> tuple[CauseShare, ...]:
    """The share of each cause that was found, the most frequent first; `clusters` as in `changes`."""
    cases: dict[Cause, list[str]] = defaultdict(list)
    for finding in findings:
        cases[finding.cause].append(finding.case)
    ordered = sorted(cases, key=lambda cause: (-len(cases[cause]), CAUSES.index(cause)))
    return tuple(
        CauseShare(cause, _share(set(cases[cause]), findings, clusters), tuple(cases[cause])) for cause in ordered
    )


def changes(findings: Sequence[Finding], failed: int, clusters: Mapping[str, str]) -> tuple[Change, ...]:
    """What to change, by cause and place, the most valuable first; what no replay shows to help comes last.

    Args:
        findings: of the failures that were examined.
        failed: how many there are in all.
        clusters: by case, what it is not independent of.
    """
    grouped: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[_group(finding)].append(finding)
    made = [_change(group, findings, failed, clusters) for group in grouped.values()]
    return tuple(sorted(made, key=lambda change: (change.cause not in PROVED, -len(change.cases))))


def _share(cases: Collection[str], findings: Sequence[Finding], clusters: Mapping[str, str]) -> Share:
    """The share of the failures that these cases are."""
    marks = (finding.case in cases for finding in findings)
    return repeats.share(repeats.grouped(marks, [clusters.get(finding.case, "") for finding in findings]))


def _group(finding: Finding) -> tuple[str, ...]:
    """Labels are settled one by one, and are one piece of work all the same; so is knowledge that is to be written."""
    apart = () if finding.cause in ("ambiguous", "absent") else (finding.place.file, finding.place.what)
    return (finding.cause, *apart)


def _change(group: Sequence[Finding], findings: Sequence[Finding], failed: int, clusters: Mapping[str, str]) -> Change:
    first = group[0]
    place = Place(
        first.place.rung, _listed(each.place.file for each in group), _listed(each.place.what for each in group)
    )
    if first.cause not in PROVED:
        why = "no replay shows that it helps"
        return Change(first.cause, place, tuple(each.case for each in group), Estimate(None, None, None, why))
    share = _share({finding.case for finding in group}, findings, clusters)
    removes = Estimate(failed * share.count / share.n, failed * share.low, failed * share.high)
    return Change(first.cause, place, tuple(each.case for each in group), removes)


def _listed(texts: Iterable[str]) -> str:
    once = list(dict.fromkeys(texts))
    more = f"; and {len(once) - NAMED} more" if len(once) > NAMED else ""
    return "; ".join(once[:NAMED]) + more
