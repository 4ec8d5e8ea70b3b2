"""A Markdown document in chunks, cut where its structure allows it: headings, then blocks, lines, sentences, words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import markdown_it

from processor.core import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_TOKENS = 200
"""The estimated size of a chunk at the most. With its title it fits the 256 tokens that small embedding models read,
and several fit a prompt."""

TITLE_SEPARATOR = " > "

_MARKDOWN = markdown_it.MarkdownIt("commonmark").enable("table")
_FRONT_MATTER = re.compile(r"\A---\n(?:[\w-]+:.*\n|[ \t#-].*\n|\n)*?---[ \t]*(?:\n|\Z)")
_CUTS = tuple(re.compile(cut) for cut in (r"(?<=\n)", r"(?<=[.!?…。！？]\s)", r"(?<=\s)", r""))  # noqa: RUF001 - CJK


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document.

    Attributes:
        source: the document's path inside the knowledge folder.
        position: counted from 0 within the document.
        title: the headings above it, outermost first, joined by ` > `; empty above the first one.
        text: Markdown, at the most `CHUNK_TOKENS` long.
    """

    source: str
    position: int
    title: str
    text: str


def split(source: str, text: str) -> tuple[Chunk, ...]:
    """The chunks of a document, in its order; none where it holds nothing but headings.

    A chunk never spans two headings. A block (paragraph, list, table, code) is kept whole where it fits; the
    pieces of a table repeat its header.
    """
    pieces = [(title, piece) for title, blocks in _sections(text) for piece in _pack(blocks)]
    return tuple(Chunk(source, position, title, piece) for position, (title, piece) in enumerate(pieces))


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """What stands between one heading and the next: the title, and the blocks cut to size."""
    text = _FRONT_MATTER.sub("", re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff")))
    lines = text.split("\n")
    path: list[tuple[int, str]] = []
    blocks: list[str] = []
    parsed = _MARKDOWN.parse(text)
    for index, token in enumerate(parsed):
        if token.level or not token.map:
            continue
        if token.type == "heading_open":
            yield TITLE_SEPARATOR.join(title for _, title in path), blocks
            blocks = []
            level = int(token.tag.removeprefix("h"))
            heading = " ".join(parsed[index + 1].content.split())
            path = [above for above in path if above[0] < level] + ([(level, heading)] if heading else [])
        else:
            block = lines[token.map[0] : token.map[1]]
            blocks.extend(_rows(block) if token.type == "table_open" else _cut("\n".join(block)))
    yield TITLE_SEPARATOR.join(title for _, title in path), blocks


def _pack(blocks: list[str]) -> Iterator[str]:
    """As many neighbouring blocks in one piece as fit."""
    packed = ""
    for block in blocks:
        joined = f"{packed}\n\n{block}" if packed else block
        if packed and tokens.estimate(joined) > CHUNK_TOKENS:
            yield packed
            packed = block
        else:
            packed = joined
    if packed:
        yield packed


def _rows(table: list[str]) -> list[str]:
    """A table in pieces that each begin with its header, as long as the header leaves room for rows."""
    header = "\n".join(table[:2]) + "\n"
    room = CHUNK_TOKENS - tokens.estimate(header)
    whole = "\n".join(table)
    if tokens.estimate(whole) <= CHUNK_TOKENS or room < CHUNK_TOKENS // 2:
        return _cut(whole)
    return [header + piece for piece in _cut("\n".join(table[2:]), room)]


def _cut(text: str, room: int = CHUNK_TOKENS, cuts: tuple[re.Pattern[str], ...] = _CUTS) -> list[str]:
    """Pieces of at most `room` tokens: cut at the first kind of place, and finer only where that is not enough."""
    if tokens.estimate(text) <= room:
        return [text.lstrip("\n").rstrip()] if text.strip() else []
    pieces: list[str] = []
    current = ""
    for part in cuts[0].split(text):
        if tokens.estimate(current + part) <= room:
            current += part
            continue
        pieces.extend(_cut(current, room))
        current = ""
        if tokens.estimate(part) <= room:
            current = part
        else:
            pieces.extend(_cut(part, room, cuts[1:]))
    return pieces + _cut(current, room)
