"""How long an item takes, and how much is decided on a day."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from processor.review.quality.values import Day, Time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.review.quality.seen import Given, Seen

HOUR = 3600.0


def by_reviewer(found: Iterable[Seen]) -> tuple[Time, ...]:
    """All reviewers together first, then each by name; none where nothing was timed.

    A decision without seconds was made with others at once and is not timed.
    """
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for each in found:
        for given in each.given:
            if given.seconds > 0:
                seconds[given.by].append(given.seconds)
    together = [spent for one in seconds.values() for spent in one]
    if not together:
        return ()
    return (_time("", together), *(_time(name, seconds[name]) for name in sorted(seconds)))


def by_day(found: Iterable[Seen]) -> tuple[Day, ...]:
    """Each day with a decision, the oldest first."""
    days: defaultdict[dt.date, list[Given]] = defaultdict(list)
    for each in found:
        for given in each.given:
            days[given.at.astimezone(dt.UTC).date()].append(given)
    return tuple(_day(day, days[day]) for day in sorted(days))


def _day(day: dt.date, given: Sequence[Given]) -> Day:
    return Day(
        day=day,
        rulings=len(given),
        actions=Counter(each.action for each in given),
        reviewers=len({each.by for each in given}),
        hours=sum(each.seconds for each in given) / HOUR,
    )


def _time(by: str, seconds: Sequence[float]) -> Time:
    alone = len(seconds) == 1
    lower, median, upper = [seconds[0]] * 3 if alone else statistics.quantiles(seconds, n=4, method="inclusive")
    return Time(by, len(seconds), lower, median, upper, sum(seconds) / HOUR)
