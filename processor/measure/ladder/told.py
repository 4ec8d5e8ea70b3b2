"""Figures as short texts, the same wherever they are shown: shares in percent, differences in points, US dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.measure.figures import Estimate, Share

UNDETERMINED = "undetermined"


def percent(share: Share) -> str:
    """`30.0 % [14.5, 51.9]`, the share with its interval; `-` where nothing was counted."""
    if share.share is None:
        return "-"
    return f"{100 * share.share:.1f} % [{100 * share.low:.1f}, {100 * share.high:.1f}]"


def counted(share: Share) -> str:
    """`6 of 20`."""
    return f"{share.count:,} of {share.n:,}"


def points(found: Estimate) -> str:
    """`-5.0 points [-20.0, +11.0]`, a difference of rates with its interval."""
    if found.value is None or found.low is None or found.high is None:
        return f"{UNDETERMINED} ({found.why})" if found.why else UNDETERMINED
    value, low, high = (_signed(100 * each) for each in (found.value, found.low, found.high))
    return f"{value} points [{low}, {high}]"


def rate(found: Estimate) -> str:
    """`4.1 % [1.2, 9.0]`, an estimated share with its interval."""
    if found.value is None or found.low is None or found.high is None:
        return f"{UNDETERMINED} ({found.why})" if found.why else UNDETERMINED
    return f"{100 * found.value:.1f} % [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def p(value: float) -> str:
    """`p = 0.63`, `p = 0.004`, `p < 0.001`."""
    if value < 0.001:  # noqa: PLR2004 - nobody acts on more digits
        return "p < 0.001"
    return f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"  # noqa: PLR2004


def usd(value: float | None) -> str:
    """`$0.00012`, two digits that count; `unknown` where a price is not known: never 0 for unknown."""
    if value is None:
        return "unknown"
    sign = "-" if value < 0 else ""
    if value == 0:
        return "$0"
    return f"{sign}${abs(value):,.2f}" if abs(value) >= 1 else f"{sign}${_plain(abs(value))}"


def usd_estimate(found: Estimate) -> str:
    """`$0.0012 [$0.0008, $0.0021]`."""
    if found.value is None or found.low is None or found.high is None:
        return UNDETERMINED
    return f"{usd(found.value)} [{usd(found.low)}, {usd(found.high)}]"


def size(difference: float) -> str:
    """`1 point`, `5 points`."""
    return f"{100 * difference:.3g} point{'' if round(100 * difference, 3) == 1 else 's'}"


def cases(number: int) -> str:
    """`1 case`, `20 cases`."""
    return f"{number:,} case{'' if number == 1 else 's'}"


def these(number: int) -> str:
    """`this case`, `these 20 cases`."""
    return "this case" if number == 1 else f"these {cases(number)}"


def each_of_these(number: int) -> str:
    """`this case`, `each of these 20 cases`."""
    return these(number) if number == 1 else f"each of {these(number)}"


def _signed(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def _plain(value: float) -> str:
    """Two digits that count, without an exponent."""
    digits = 2
    while value < 10 ** (1 - digits) and digits < 12:  # noqa: PLR2004
        digits += 1
    return f"{value:.{digits}f}"
