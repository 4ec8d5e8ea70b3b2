"""An HTML page: read as a browser does, cut by its headings and blocks; `<meta name>` says what front matter says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from processor.knowledge import chunk
from processor.knowledge.formats import decode
from processor.knowledge.piece import VISIBLE_TO, Piece, visible_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

_LEFT_OUT = "script, style, noscript, template, nav, iframe, svg, form, [hidden]"
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd"}
    | {"label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var"}
)
_HEADING = re.compile(r"h([1-6])")


def read(content: bytes, path: str) -> list[Piece]:
    """The pieces of a page, in its order; scripts, navigation, forms and hidden parts are left out.

    Raises:
        DefinitionError: it is not UTF-8.
    """
    page = LexborHTMLParser(decode.text(content, path))
    named = {
        str(node.attributes.get("name") or ""): str(node.attributes.get("content") or "") for node in page.css("meta")
    }
    seen_by = visible_to(named.pop(VISIBLE_TO, ""))
    columns = {name: " ".join(value.split()) for name, value in named.items() if name and value.strip()}
    title = page.css_first("title")
    titles = chunk.Titles(" ".join(title.text().split()) if title else "")
    for node in page.css(_LEFT_OUT):
        node.decompose()
    found = chunk.pieces(_sections(page.body, titles)) if page.body else ()
    return [replace(piece, columns=columns, visible_to=seen_by) for piece in found]


def _sections(body: LexborNode, titles: chunk.Titles) -> Iterator[chunk.Section]:
    blocks: list[str] = []
    for tag, text in _blocks(body):
        if heading := _HEADING.fullmatch(tag):
            yield str(titles), blocks
            blocks = []
            titles.enter(int(heading.group(1)), " ".join(text.split()))
        else:
            blocks.extend(chunk.cut(f"- {text}" if tag == "li" else text))
    yield str(titles), blocks


def _blocks(body: LexborNode) -> Iterator[tuple[str, str]]:
    """The texts of the page with the tag of the block that each stands in; the cells of a table's row are one text."""
    current: LexborNode | None = None
    text = ""
    for node in body.traverse(include_text=True):
        if node.tag == "br":
            text += "\n"
        if node.tag != "-text":
            continue
        block = _block(node)
        if current is None or block.mem_id != current.mem_id:
            if current is not None and text.strip():
                yield str(current.tag), text.strip()
            current, text = block, ""
        raw = node.text(deep=False)
        cell = node.parent is not None and node.parent.tag in ("td", "th") and text.strip()
        text += (" | " if cell else "") + (raw if block.tag == "pre" else re.sub(r"\s+", " ", raw))
    if current is not None and text.strip():
        yield str(current.tag), text.strip()


def _block(node: LexborNode) -> LexborNode:
    """The nearest element around a text that is no part of a line; of a table's cell, its row."""
    block = node.parent
    assert block is not None
    while block.tag in _INLINE and block.parent is not None:
        block = block.parent
    return block.parent if block.tag in ("td", "th") and block.parent is not None else block
