"""Bytes that are no event, as people can look at them."""

from __future__ import annotations

from dataclasses import dataclass

from processor.core.views import display

PER_LINE = 16
MOST = 4096
"""Bytes that are shown; all can be downloaded."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes to be looked at.

    Attributes:
        size: how many there are.
        text: the beginning as UTF-8, what cannot be decoded or would steer written as escapes.
        dump: the beginning as lines of offset, 16 bytes in hexadecimal, and their printable ASCII characters.
        cut: whether there is more than is shown.
    """

    size: int
    text: str
    dump: str
    cut: bool


def shown(raw: bytes) -> Raw:
    """The bytes, ready for a page."""
    head = raw[:MOST]
    text = head.decode("utf-8", "backslashreplace")
    return Raw(len(raw), display.safe(text), _dump(head), len(raw) > MOST)


def _dump(raw: bytes) -> str:
    lines = []
    for start in range(0, len(raw), PER_LINE):
        part = raw[start : start + PER_LINE]
        characters = "".join(chr(each) if 0x20 <= each < 0x7F else "." for each in part)  # noqa: PLR2004 - ASCII
        lines.append(f"{start:08x}  {part.hex(' '):<{3 * PER_LINE - 1}}  {characters}")
    return "\n".join(lines)
