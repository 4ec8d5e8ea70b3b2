"""At which volume, and when, cheaper inference has paid for a fine-tune: ratios, with Fieller's intervals.

Both are over the events that the cases stand for: a group of cases that depend on each other is one observation, with
the number of its events and what they cost.
"""

from __future__ import annotations

import dataclasses
import math
from datetime import timedelta
from typing import TYPE_CHECKING

from processor.measure.figures import Estimate
from processor.measure.statistics import ratio
from processor.measure.verdict import account
from processor.measure.verdict.values import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.measure.verdict.facts import Facts

VOLUME = "volume.events_per_day"
DISCOUNT = "money.discount_per_year"


def figures(found: Facts, at: Mapping[str, float]) -> tuple[Figure, Figure]:
    """Volume and date; undetermined where what an event saves may be nothing."""
    days, until = account.use(at), _until(found, at)
    date = ""
    if until.value is not None and until.value < days:
        lead = at["training.runs"] * at["training.days_per_run"]
        date = f": {(found.evidence.at + timedelta(days=lead + until.value)).date()}"
    told = "at which inference saved equals all costs in its days of use"
    return (
        Figure("break-even volume", _volume(found, at, days), "events a day", told),
        Figure("break-even date", until, "days", f"of use until the savings have paid for the training{date}"),
    )


def _volume(found: Facts, at: Mapping[str, float], days: float) -> Estimate:
    """Costs a day of use, over what an event saves."""
    if not days:
        return _never("no days of use are left")
    worth = days * account.annuity(days, at[DISCOUNT])
    needed = math.fsum(account.upfront(at).values()) / worth + _running(at)
    call, groups = account.call(at), found.usd_by_group
    return _positive([needed * events for events, _ in groups], [usd - call * events for events, usd in groups])


def _until(found: Facts, at: Mapping[str, float]) -> Estimate:
    """Costs before the first day of use, over what such a day saves."""
    volume = at.get(VOLUME)
    if volume is None:
        return _never("events a day are not known")
    upfront, running, call = math.fsum(account.upfront(at).values()), _running(at), account.call(at)
    groups = found.usd_by_group
    saved = [(usd - call * events) * volume - running * events for events, usd in groups]
    return _discounted(_positive([upfront * events for events, _ in groups], saved), at[DISCOUNT])


def _running(at: Mapping[str, float]) -> float:
    return account.running({"definition.changes_per_year": 0.0, **at})


def _positive(numerators: list[float], denominators: list[float]) -> Estimate:
    found = ratio.ratio(numerators, denominators)
    if found.value is None:
        return _never("what an event saves may be nothing" if len(denominators) > 1 else found.why)
    return _never("an event saves nothing: never") if found.value < 0 else found


def _discounted(found: Estimate, discount: float) -> Estimate:
    """As many days as it takes until they are worth these days without a discount."""
    grown = math.log1p(discount) / account.DAYS_PER_YEAR
    if found.value is None or not grown:
        return found
    ends = (found.value, found.low or 0.0, found.high or 0.0)
    if max(ends) * grown >= 1:
        return _never("what comes later is worth so little that it may never be paid for")
    value, low, high = (-math.log1p(-grown * days) / grown for days in ends)
    return dataclasses.replace(found, value=value, low=low, high=high)


def _never(why: str) -> Estimate:
    return Estimate(None, None, None, why)
