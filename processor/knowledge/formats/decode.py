"""A file's bytes as text."""

from __future__ import annotations

import re

from processor.core import errors


def text(content: bytes, path: str) -> str:
    """UTF-8 with or without a byte order mark; line ends become line feeds.

    Raises:
        DefinitionError: it is not UTF-8; with the line.
    """
    try:
        return re.sub(r"\r\n?", "\n", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise errors.DefinitionError(path, f"not UTF-8 ({error.reason})", line) from error
