"""Figures for charts and the cells of tables, beside those of `ladder.told`: a share apart from its interval, ticks."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from processor.measure.ladder import told

if TYPE_CHECKING:
    from processor.measure.figures import Estimate, Share

NONE = "–"
"""What stands where there is no figure."""


def percent(share: float | None) -> str:
    """`12.3 %`; a dash where there is no share."""
    return NONE if share is None else f"{100 * share:.1f} %"


def interval(of: Share | Estimate) -> str:
    """The bounds of a share, in per cent: `[9.3, 15.2]`; empty where nothing was counted."""
    if of.low is None or of.high is None or getattr(of, "n", 1) == 0:
        return ""
    return f"[{100 * of.low:.1f}, {100 * of.high:.1f}]"


def unbroken(text: str) -> str:
    """With spaces at which no line ends in an interval, around a sign and before a unit."""
    text = re.sub(r"\[[^\[\]]*\]", lambda found: found[0].replace(" ", "\u00a0"), text)
    return re.sub(r" (?=[<=%]|points?\b)|(?<=[<=]) ", "\u00a0", text)


def count(value: float | None) -> str:
    """Whole ones, thousands apart: `12,345`."""
    return NONE if value is None else f"{value:,.0f}"


def plain(value: float | None) -> str:
    """Any number to four digits that count, never in powers of ten: `1,250`, `0.031`, `12.5`."""
    if value is None or not math.isfinite(value):
        return NONE
    digits = max(0, min(12, 3 - math.floor(math.log10(abs(value))))) if value else 0
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tick(share: float, _place: int | None = None) -> str:
    """A share at an axis."""
    return f"{100 * share:.3g} %"


def money_tick(usd: float, _place: int | None = None) -> str:
    """An amount at an axis, of thousands without cents."""
    return f"{'-' if usd < 0 else ''}${abs(usd):,.0f}" if abs(usd) >= 100 else told.usd(usd)  # noqa: PLR2004


def count_tick(value: float, _place: int | None = None) -> str:
    """A count at an axis."""
    return count(value)
