"""How large a message is for Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BATCH_OVERHEAD = 128
"""Bytes at the most that Kafka adds to a record that stands alone in its batch (61 for the batch, the rest lengths)."""

HEADER_OVERHEAD = 10
"""Bytes at the most that Kafka adds to a header."""


def of(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> int:
    """Bytes that the message takes at the most, as Kafka's `max.message.bytes` counts them."""
    extra = sum(len(name.encode()) + len(given) + HEADER_OVERHEAD for name, given in headers)
    return BATCH_OVERHEAD + len(key or b"") + len(value or b"") + extra
