"""All figures of the quality page, out of what was seen of the decided items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.review.quality import agreement, audits, rules, times
from processor.review.quality.values import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from processor.review.decided import Audits
    from processor.review.quality.seen import Seen

MOST_DISAGREEMENTS = 100


def of(found: Sequence[Seen], class_at: Mapping[str, str], waiting: Iterable[Audits] = ()) -> Quality:
    """The figures of these items.

    Args:
        found: oldest ruling first.
        class_at: by task, the place of its class; empty where answers have none.
        waiting: audits that were drawn and that nobody has decided yet.
    """
    different = [each.disagreement for each in found if each.disagreement is not None]
    return Quality(
        items=len(found),
        rulings=sum(len(each.given) for each in found),
        agreement=agreement.by_task(found, class_at),
        disagreements=tuple(reversed(different[-MOST_DISAGREEMENTS:])),
        times=times.by_reviewer(found),
        rules=rules.by_rule(found),
        accuracy=audits.by_stratum(found, waiting),
        days=times.by_day(found),
    )
