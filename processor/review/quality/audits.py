"""How many of the answers that no person saw are right, by the audits among them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from processor.measure.statistics import audit
from processor.review.quality.values import Accuracy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.review.decided import Audits
    from processor.review.quality.seen import Seen

FIRST, RETRIED = "first", "retried"

Kind = tuple[str, bool, float]
"""Task, whether it took more than one attempt, and inclusion probability: audits of a kind are alike before they are
looked at."""


def by_stratum(found: Iterable[Seen], waiting: Iterable[Audits] = ()) -> tuple[Accuracy, ...]:
    """Of each task with decided audits all together, then its strata.

    Every audit stands for 1 / inclusion probability answers, so that a stratum that is audited more weighs no more; and
    the decided ones of a kind stand for its waiting ones, so that one that is decided sooner weighs no more either. It
    says nothing of what is not audited: what went to people anyway.
    """
    decided = [each for each in found if each.inclusion is not None]
    left: Counter[Kind] = Counter()
    for each in waiting:
        left[each.task, each.retried, each.inclusion] += each.count
    chances = _chances(decided, left)
    made = []
    for task in sorted({each.task for each in decided}):
        for stratum, kinds in (("", (False, True)), (FIRST, (False,)), (RETRIED, (True,))):
            items = [each for each in decided if each.task == task and each.retried in kinds]
            rest = {kind: n for kind, n in left.items() if kind[0] == task and kind[1] in kinds}
            if items:
                made.append(_accuracy(task, stratum, items, chances, rest))
    return tuple(made)


def _chances(decided: Iterable[Seen], left: Counter[Kind]) -> dict[Kind, float]:
    """By kind the probability that a result was drawn, and decided by now."""
    done = Counter(map(_kind, decided))
    return {kind: kind[2] * n / (n + left[kind]) for kind, n in done.items()}


def _accuracy(
    task: str, stratum: str, items: Sequence[Seen], chances: dict[Kind, float], rest: dict[Kind, int]
) -> Accuracy:
    return Accuracy(
        task=task,
        stratum=stratum,
        n=len(items),
        waiting=sum(rest.values()),
        wrong=sum(each.wrong for each in items),
        stands_for=sum(1 / _kind(each)[2] for each in items) + sum(n / kind[2] for kind, n in rest.items()),
        accuracy=audit.hajek([not each.wrong for each in items], [chances[_kind(each)] for each in items]),
    )


def _kind(item: Seen) -> Kind:
    return item.task, item.retried, item.inclusion or 1.0
