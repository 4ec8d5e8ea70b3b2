"""What may be spent on calls within a minute: requests, tokens, money; each a token bucket that may go into debt."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60.0

ENOUGH = 0.1
"""Seconds' worth that must be left for a call to start, where it is not known before what it takes."""

SMOOTHING = 0.2


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may spend on a dependency in a minute; None: as much as it can. Money is in US dollars."""

    requests: float | None = None
    tokens: float | None = None
    usd: float | None = None


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class Spent:
    """What one call took; `usd` is None where the price is not known."""

    tokens: int
    usd: float | None = None


class Bucket:
    """One amount by the minute; it holds a second's worth, and one request at least.

    A call may start while something is left. It is charged one request, or what calls have taken on the average, and
    the rest, or what was too much, once that is known; before anything is known, one call is made at a time. So it goes
    into debt by what calls take beyond the average, and the next ones wait until that is paid: over time, no more than
    the budget is spent.

    Attributes:
        level: what is left, negative for a debt; None before the first call.
    """

    def __init__(self, average: float | None = None) -> None:
        self.level: float | None = None
        self._average = average
        self._fixed = average
        self._started = 0
        self._at = 0.0

    def ready(self, now: float, per_minute: float) -> float:
        """When the next call may start; infinity: not before another one has ended."""
        if self._average is None and self._started:
            return float("inf")
        short = (self._fixed or ENOUGH * per_minute / MINUTE) - self._fill(now, per_minute)
        return now + max(0.0, short) / (per_minute / MINUTE)

    def take(self, now: float, per_minute: float) -> float:
        """Charge a call that starts, and return what it was charged."""
        taken = self._average or 0.0
        self.level = self._fill(now, per_minute) - taken
        self._started += 1
        return taken

    def settle(self, taken: float, used: float | None) -> None:
        """Set right what a call was charged, now that it has used `used`; None: it was not answered, or not counted."""
        self._started -= 1
        if self.level is not None:
            self.level += taken - (used or 0.0)
        if used is not None:
            self._average = used if self._average is None else self._average + SMOOTHING * (used - self._average)

    def _fill(self, now: float, per_minute: float) -> float:
        rate = per_minute / MINUTE
        capacity = max(rate, self._fixed or 0.0)
        earned = capacity if self.level is None else self.level + (now - self._at) * rate
        self.level, self._at = min(capacity, earned), now
        return self.level


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call was charged when it started; None where there is no such limit."""

    tokens: float | None = None
    usd: float | None = None


class Budget:
    """The budgets of one dependency. The limits are passed in, as they are now."""

    def __init__(self) -> None:
        self._requests = Bucket(1.0)
        self._tokens = Bucket()
        self._usd = Bucket()

    def ready(self, now: float, limits: Limits) -> float:
        """When the next call may start."""
        ready = 0.0
        if limits.requests is not None:
            ready = max(ready, self._requests.ready(now, limits.requests))
        if limits.tokens is not None:
            ready = max(ready, self._tokens.ready(now, limits.tokens))
        if limits.usd is not None:
            ready = max(ready, self._usd.ready(now, limits.usd))
        return ready

    def start(self, now: float, limits: Limits) -> Charge:
        """Charge a call that starts. Its request is spent, whatever becomes of it."""
        if limits.requests is not None:
            self._requests.take(now, limits.requests)
        return Charge(
            None if limits.tokens is None else self._tokens.take(now, limits.tokens),
            None if limits.usd is None else self._usd.take(now, limits.usd),
        )

    def end(self, charge: Charge, spent: Spent | None) -> None:
        """Set the charge right; `spent` is None where the call was not answered."""
        if charge.tokens is not None:
            self._tokens.settle(charge.tokens, spent.tokens if spent else None)
        if charge.usd is not None:
            self._usd.settle(charge.usd, spent.usd if spent else None)
