"""What a server's response says of its rate limit: Retry-After, and how much of the limit is left until when.

Source: RFC 9110, 10.2.3; https://platform.openai.com/docs/guides/rate-limits ("Rate limits in headers").
"""

from __future__ import annotations

import math
import re
from email import utils
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 300.0
"""Seconds that are believed, of whatever a server asks for; after them it is asked again."""

WHAT = ("requests", "tokens")

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = r"(\d+(?:\.\d+)?)(h|ms|m|s)"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait; None where it does not, or in a way that is not understood."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return _believed(milliseconds / 1000)
    found = headers.get("retry-after", "")
    seconds = _number(found)
    return _believed(_until(found, headers.get("date", "")) if seconds is None else seconds)


def used_up(headers: Mapping[str, str]) -> float:
    """Seconds until something of the limit is left again; 0 where something is left now, or nothing is said."""
    longest = 0.0
    for what in WHAT:
        left = headers.get(f"x-ratelimit-remaining-{what}")
        if left is not None and _number(left) == 0:
            longest = max(longest, duration(headers.get(f"x-ratelimit-reset-{what}", "")) or 0.0)
    return longest


def duration(text: str) -> float | None:
    """Seconds in `6m0s`, `120ms`, `7.66s` or `20`; None where it is none of them."""
    if re.fullmatch(f"(?:{_PART})+", text):
        return _believed(sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, text)))
    return _believed(_number(text))


def _until(date: str, now: str) -> float | None:
    """Seconds to an HTTP date from another one: the server's clock alone counts."""
    try:
        return (utils.parsedate_to_datetime(date) - utils.parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError):
        return None


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _believed(seconds: float | None) -> float | None:
    return None if seconds is None else min(max(0.0, seconds), LONGEST_WAIT)
