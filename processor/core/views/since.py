"""Points in time as people give them on the command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from processor.core import errors

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse(text: str, now: datetime, option: str = "--since") -> datetime:
    """`90s`, `15m`, `1h` or `2d` before now, or a time such as 2026-01-31T12:00:00Z (without a zone: now's zone).

    `option` is what the error names.

    Raises:
        UsageError: it is neither.
    """
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    try:
        if found:
            return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise errors.UsageError(
            f"{option} takes 90s, 15m, 1h, 2d or a time like 2026-01-31T12:00:00Z, not {text!r}"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=now.tzinfo)
