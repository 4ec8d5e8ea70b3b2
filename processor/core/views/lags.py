"""How far a consumer group is behind: the values and their sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How far a group is behind on one partition.

    Attributes:
        topic: full name.
        partition: its number.
        end: the offset behind the last message.
        committed: the next offset that the group will read; None where it never committed.
        lag: offsets from there (from the beginning where it never committed) to the end. Transactions and compaction
            leave offsets without a message, so that it can be more than the messages that wait.
        expired: messages that retention deleted before the group read them.
        oldest_ms: when the broker took the oldest waiting message, in milliseconds since the epoch; None if none waits.
    """

    topic: str
    partition: int
    end: int
    committed: int | None
    lag: int
    expired: int
    oldest_ms: int | None


@dataclass(frozen=True, slots=True)
class Total:
    """Over several partitions: the lag, what expired unread, and the age in seconds of the oldest waiting message."""

    lag: int
    expired: int
    oldest_age: float | None


def total(partitions: Iterable[PartitionLag], now_ms: int) -> Total:
    """Sum up. `now_ms` is in milliseconds since the epoch; ages are never negative."""
    found = list(partitions)
    oldest = min((lag.oldest_ms for lag in found if lag.oldest_ms is not None), default=None)
    return Total(
        lag=sum(lag.lag for lag in found),
        expired=sum(lag.expired for lag in found),
        oldest_age=None if oldest is None else max(0, now_ms - oldest) / 1000,
    )


def next_offset(committed: int | None, begin: int, end: int) -> int:
    """Where a group reads on: at its commit, or from the beginning where it has none or one outside of the log."""
    return committed if committed is not None and begin <= committed <= end else begin
