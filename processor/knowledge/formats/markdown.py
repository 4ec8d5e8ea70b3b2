"""A Markdown document: cut by its headings and blocks; front matter says what it can be filtered by and who sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import markdown_it

from processor.knowledge import chunk
from processor.knowledge.formats import front_matter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.knowledge.piece import Piece

_MARKDOWN = markdown_it.MarkdownIt("commonmark").enable("table")


def read(content: bytes, path: str) -> list[Piece]:
    """The pieces of a document, in its order; none where it holds nothing but headings.

    A piece never spans two headings. A block (paragraph, list, table, code) is kept whole where it fits; the
    pieces of a table repeat its header.

    Raises:
        DefinitionError: it is not UTF-8, or its front matter is broken.
    """
    return front_matter.read(content, path, _sections)


def _sections(text: str) -> Iterator[chunk.Section]:
    """What stands between one heading and the next: the title, and the blocks cut to size."""
    lines = text.split("\n")
    titles, blocks = chunk.Titles(), list[str]()
    parsed = _MARKDOWN.parse(text)
    for index, token in enumerate(parsed):
        if token.level or not token.map:
            continue
        if token.type == "heading_open":
            yield str(titles), blocks
            blocks = []
            titles.enter(int(token.tag.removeprefix("h")), " ".join(parsed[index + 1].content.split()))
        else:
            block = lines[token.map[0] : token.map[1]]
            blocks.extend(_rows(block) if token.type == "table_open" else chunk.cut("\n".join(block)))
    yield str(titles), blocks


def _rows(table: list[str]) -> list[str]:
    """A table in pieces that each begin with its header, as long as the header leaves room for rows."""
    header = "\n".join(table[:2]) + "\n"
    room = chunk.CHUNK_TOKENS - chunk.size(header)
    whole = "\n".join(table)
    if chunk.size(whole) <= chunk.CHUNK_TOKENS or room < chunk.CHUNK_TOKENS // 2:
        return chunk.cut(whole)
    return [header + piece for piece in chunk.cut("\n".join(table[2:]), room)]
