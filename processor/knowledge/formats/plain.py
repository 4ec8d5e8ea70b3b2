"""A text document: its paragraphs stand between blank lines; front matter as in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.knowledge import chunk
from processor.knowledge.formats import front_matter

if TYPE_CHECKING:
    from processor.knowledge.piece import Piece


def read(content: bytes, path: str) -> list[Piece]:
    """The pieces of a document, without titles.

    Raises:
        DefinitionError: it is not UTF-8, or its front matter is broken.
    """
    return front_matter.read(content, path, lambda text: [("", chunk.paragraphs(text))])
