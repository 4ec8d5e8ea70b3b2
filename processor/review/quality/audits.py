"""How many of the answers that no person saw are right, by the audits among them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from processor.measure.statistics import audit
from processor.review.quality.values import Accuracy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.review.quality.seen import Seen

FIRST, RETRIED = "first", "retried"


def by_stratum(found: Iterable[Seen]) -> tuple[Accuracy, ...]:
    """Of each task with decided audits all together, then its strata.

    Every audit stands for 1 / inclusion probability answers, so that a stratum that is audited more weighs no more.
    It says nothing of what is not audited: what went to people anyway.
    """
    strata: defaultdict[str, dict[str, list[Seen]]] = defaultdict(lambda: {"": [], FIRST: [], RETRIED: []})
    for each in found:
        if each.inclusion is not None and each.counting is not None:
            strata[each.task][""].append(each)
            strata[each.task][RETRIED if each.retried else FIRST].append(each)
    named = ((task, stratum, strata[task][stratum]) for task in sorted(strata) for stratum in strata[task])
    return tuple(_accuracy(task, stratum, items) for task, stratum, items in named if items)


def _accuracy(task: str, stratum: str, items: Sequence[Seen]) -> Accuracy:
    inclusion = [each.inclusion or 1.0 for each in items]
    return Accuracy(
        task=task,
        stratum=stratum,
        n=len(items),
        wrong=sum(each.wrong for each in items),
        stands_for=sum(1 / chance for chance in inclusion),
        accuracy=audit.hajek([not each.wrong for each in items], inclusion),
    )
