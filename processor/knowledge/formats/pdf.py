"""A PDF document: the text of each page, under `page N`. Scans hold no text: they need recognising first."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pypdf

from processor.core import errors
from processor.knowledge import chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.knowledge.piece import Piece


def read(content: bytes, path: str) -> list[Piece]:
    """The pieces of a document, none across two pages.

    Raises:
        DefinitionError: it is no PDF, broken, or encrypted with a password; with the page where one is at fault.
    """
    # Of odd files it tells line by line; what matters is raised.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        count = 0 if reader.is_encrypted and not reader.decrypt("") else len(reader.pages)
    except Exception as error:  # pypdf raises whatever a broken file makes it stumble over
        raise errors.DefinitionError(path, f"no PDF that can be read ({type(error).__name__})") from error
    if not count:
        raise errors.DefinitionError(path, "needs a password or has no pages")
    return list(chunk.pieces(_sections(reader, count, path)))


def _sections(reader: pypdf.PdfReader, count: int, path: str) -> Iterator[chunk.Section]:
    for number in range(1, count + 1):
        try:
            text = reader.pages[number - 1].extract_text()
        except Exception as error:  # as above
            raise errors.DefinitionError(path, f"page {number} cannot be read ({type(error).__name__})") from error
        # Half surrogate pairs come out of broken fonts; UTF-8 cannot carry them.
        yield f"page {number}", chunk.paragraphs(text.encode("utf-8", "replace").decode())
