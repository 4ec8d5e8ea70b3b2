"""A verdict as JSON: the names of its fields are stable; `format` counts up when one changes its meaning or goes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from processor.measure.verdict.values import Verdict

FORMAT = "untuned.verdict/1"


def verdict(found: Verdict) -> dict[str, Any]:
    """All of it. Money is in US dollars; an estimate is `{value, low, high, why}`, null where nothing is known."""
    made = dataclasses.asdict(found)
    if found.ceiling is not None:
        made["ceiling"]["until"] = found.ceiling.until.isoformat()
    return {"format": FORMAT, **made, "at": found.at.isoformat()}
