"""Which offsets of a partition are finished, and up to where a commit loses nothing.

Events finish in any order; only the contiguous prefix of those that were started may be committed. Gaps in the log
(compaction, transactions) are no gaps here: what counts is the order of starting.
"""

from __future__ import annotations


class PartitionTracker:
    """The started offsets of one partition in one generation of the consumer group."""

    def __init__(self) -> None:
        self._open: dict[int, bool] = {}
        self._next = -1
        self._committable: int | None = None

    def start(self, offset: int) -> bool:
        """Note that `offset` is being worked on; False where it already was (the broker may deliver it again)."""
        if offset < self._next:
            return False
        self._open[offset] = False
        self._next = offset + 1
        return True

    def finish(self, offset: int) -> None:
        """Note that all that `offset` asked for is delivered."""
        self._open[offset] = True
        while self._open:
            first = next(iter(self._open))
            if not self._open[first]:
                break
            del self._open[first]
            self._committable = first + 1

    @property
    def committable(self) -> int | None:
        """The offset to commit (the next one to read), or None while nothing is finished at the head."""
        return self._committable

    @property
    def window(self) -> int:
        """How many offsets are started and not yet below the committable one: what a crash would repeat."""
        return len(self._open)
