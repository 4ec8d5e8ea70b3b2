"""Texts in chunks of a bounded size, cut where structure allows it: sections, blocks, lines, sentences, words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from processor.knowledge.piece import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Section = tuple[str, list[str]]
    """A title, and the blocks under it, each cut to size."""

CHUNK_TOKENS = 200
"""The estimated size of a chunk at the most. With its title it fits the 256 tokens that small embedding models read,
and several fit a prompt."""

BYTES_PER_TOKEN = 3
"""What running text takes at the most, roughly: enough to cut by, and no bound, as that of `core.tokens` is meant."""

TITLE_SEPARATOR = " > "

_CUTS = tuple(re.compile(cut) for cut in (r"(?<=\n)", r"(?<=[.!?…。！？]\s)", r"(?<=\s)", r""))  # noqa: RUF001 - CJK


def size(text: str) -> int:
    """The rough number of tokens of `text`, rounded up."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def pieces(sections: Iterable[Section]) -> Iterator[Piece]:
    """Sections as pieces: as many neighbouring blocks of one section in each as fit."""
    for title, blocks in sections:
        for text in _pack(blocks):
            yield Piece(title, text)


def paragraphs(text: str) -> list[str]:
    """Blocks between blank lines, each cut to size."""
    return [piece for block in re.split(r"\n(?:[ \t]*\n)+", text) for piece in cut(block)]


class Titles:
    """The headings above a place, outermost first."""

    def __init__(self, title: str = "") -> None:
        """Begin with a title that the first heading replaces."""
        self._path = [(6, title)] if title else []

    def __str__(self) -> str:
        return TITLE_SEPARATOR.join(title for _, title in self._path)

    def enter(self, level: int, heading: str) -> None:
        """Pass a heading; an empty one only ends what stood above."""
        self._path = [above for above in self._path if above[0] < level]
        if heading:
            self._path.append((level, heading))


def _pack(blocks: list[str]) -> Iterator[str]:
    """As many neighbouring blocks in one piece as fit."""
    packed = ""
    for block in blocks:
        joined = f"{packed}\n\n{block}" if packed else block
        if packed and size(joined) > CHUNK_TOKENS:
            yield packed
            packed = block
        else:
            packed = joined
    if packed:
        yield packed


def cut(text: str, room: int = CHUNK_TOKENS, cuts: tuple[re.Pattern[str], ...] = _CUTS) -> list[str]:
    """Pieces of at most `room` tokens: cut at the first kind of place, and finer only where that is not enough."""
    if size(text) <= room:
        return [text.lstrip("\n").rstrip()] if text.strip() else []
    pieces: list[str] = []
    current = ""
    for part in cuts[0].split(text):
        if size(current + part) <= room:
            current += part
            continue
        pieces.extend(cut(current, room))
        current = ""
        if size(part) <= room:
            current = part
        else:
            pieces.extend(cut(part, room, cuts[1:]))
    return pieces + cut(current, room)
