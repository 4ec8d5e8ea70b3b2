"""Numbers in words; shares as the ladder's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.ladder import told

if TYPE_CHECKING:
    from processor.measure.figures import Estimate, Share

WHOLE = 10
"""US dollars from which on no cents are shown: these are sums to decide by, not prices."""


def usd(amount: float) -> str:
    """`$1,234` or `$0.0012`."""
    if abs(amount) < WHOLE:
        return told.usd(amount)
    return f"{'-' if amount < 0 else ''}${abs(amount):,.0f}"


def share(found: Share) -> str:
    """`7 of 40, 17.5 % [8.7, 32.0]`; `7 of 40, weighted 9.1 % [3.2, 21.0]` where it is of the events."""
    weighted = "" if found.weighted is None else "weighted "
    return f"{told.counted(found)}, {weighted}{told.percent(found)}" if found.n else told.counted(found)


def estimate(found: Estimate, digits: int = 1) -> str:
    """`12.3 [8.0, 17.1]`, or `undetermined` and why."""
    if found.value is None:
        return f"{told.UNDETERMINED} ({found.why})" if found.why else told.UNDETERMINED
    value, low, high = (
        None if each is None else f"{each:,.{digits}f}" for each in (found.value, found.low, found.high)
    )
    return f"{value}" if low in (None, high) else f"{value} [{low}, {high}]"


def number(value: float) -> str:
    """`1,234`, `0.05`, `29.2`: three digits that count, and all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits
