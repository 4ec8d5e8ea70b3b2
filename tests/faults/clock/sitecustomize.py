"""Moves the clock of a Python process by what a file says, in seconds; for `PYTHONPATH`.

It moves `time.time`, `time.time_ns` and `datetime.now`; the monotonic clock goes on, as on a machine whose clock is
set. C libraries are not moved (librdkafka, which the worker uses at its start only).
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

LOOK = 0.2
_file = Path(os.environ.get("FAULTS_CLOCK", "/nowhere"))
_time, _monotonic = time.time, time.monotonic
_real = dt.datetime
_seen = [0.0, -LOOK]


def _shift() -> float:
    now = _monotonic()
    if now - _seen[1] >= LOOK:
        _seen[1] = now
        try:
            _seen[0] = float(_file.read_text())
        except (OSError, ValueError):
            _seen[0] = 0.0
    return _seen[0]


class _Kind(type(_real)):  # type: ignore[misc]
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _real)


class _Moved(_real, metaclass=_Kind):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return _real.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return _real.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)


time.time = lambda: _time() + _shift()
time.time_ns = lambda: int(time.time() * 1e9)
dt.datetime = _Moved  # type: ignore[misc]
