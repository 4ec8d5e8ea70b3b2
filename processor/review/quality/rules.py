"""Which rules send people work that they then accept unchanged."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import TYPE_CHECKING

from processor.measure.statistics import intervals
from processor.review.quality.times import HOUR
from processor.review.quality.values import RuleCost

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.review.quality.seen import Seen


def by_rule(found: Iterable[Seen]) -> tuple[RuleCost, ...]:
    """Each rule, and each check of the contract, with items that a person decided; what costs most in vain first.

    An item that broke several counts for each of them. Audits broke none.
    """
    items: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)
    for each in found:
        for rule in each.rules:
            items[each.task, rule].append(each)
    costs = [_cost(task, rule, given) for (task, rule), given in items.items()]
    return tuple(sorted(costs, key=lambda cost: (-cost.in_vain, -cost.unchanged.count, cost.task, cost.rule)))


def _cost(task: str, rule: str, items: Sequence[Seen]) -> RuleCost:
    alone = [each for each in items if len(each.rules) == 1]
    seconds = [each.counting.seconds for each in items]
    timed = [spent for spent in seconds if spent > 0]
    return RuleCost(
        task=task,
        rule=rule,
        unchanged=intervals.share(sum(each.unchanged for each in items), len(items)),
        alone=intervals.share(sum(each.unchanged for each in alone), len(alone)),
        median=statistics.median(timed) if timed else None,
        hours=sum(seconds) / HOUR,
        in_vain=sum(each.counting.seconds for each in items if each.unchanged) / HOUR,
    )
