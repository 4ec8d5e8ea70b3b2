"""Short ways to make calibrations in tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from processor.core.definition import Calibration
from tests import builders

GIVEN: dict[str, Any] = {
    "of": "0123456789abcdef",
    "date": dt.date(2026, 11, 24),
    "max_error": 0.03,
    "confidence": 0.95,
    "n": 300,
    "accepted": 240,
    "errors": 2,
    "method": "fixed sequence",
    "seed": 0,
    "models": ("tiny",),
}


def table(**changes: Any) -> Calibration:
    return Calibration(**{**GIVEN, **changes})


def written(definition: str = builders.DEFINITION, **changes: Any) -> str:
    """A task.toml with [calibration]; `of` is what fits it, if it is not given."""
    of = builders.a_task(definition=definition).of
    given = {**GIVEN, "of": of, "models": ["tiny"], **changes}
    lines = (f"{key} = {value if key == 'date' else repr(value)}" for key, value in given.items())
    return f"{definition}\n[calibration]\n" + "\n".join(lines) + "\n"
