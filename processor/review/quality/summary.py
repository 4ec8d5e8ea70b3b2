"""All figures of the quality page, in one pass over the decided items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.review.quality import agreement, audits, rules, times
from processor.review.quality.seen import Judge
from processor.review.quality.values import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from processor.core.task import Task
    from processor.review.quality.seen import Seen
    from processor.review.values import Audits, Item


def of(items: Iterable[Item], task: Callable[[str], Task | None], waiting: Iterable[Audits] = ()) -> Quality:
    """The figures of these items; those without a ruling are left alone.

    Args:
        items: as `ports.View.decided` gives them.
        task: a task of the project by its name; of one that is gone, answers are held against each other as JSON.
        waiting: audits that were drawn and that nobody has decided yet.
    """
    judges: dict[str, Judge] = {}
    found = tuple(_seen(items, task, judges))
    return Quality(
        items=len(found),
        rulings=sum(len(each.given) for each in found),
        agreement=agreement.by_task(found, {name: judge.class_at for name, judge in judges.items()}),
        times=times.by_reviewer(found),
        rules=rules.by_rule(found),
        accuracy=audits.by_stratum(found, waiting),
        days=times.by_day(found),
    )


def _seen(items: Iterable[Item], task: Callable[[str], Task | None], judges: dict[str, Judge]) -> Iterator[Seen]:
    for item in items:
        name = item.key.task
        if name not in judges:
            judges[name] = Judge(task(name))
        if (made := judges[name].seen(item)) is not None:
            yield made
