"""Front matter: YAML between two lines of `---` at the head of a Markdown or text document."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from processor.core import errors
from processor.knowledge import chunk
from processor.knowledge.formats import decode
from processor.knowledge.piece import VISIBLE_TO, Piece, visible_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BLOCK = re.compile(r"\A---\n((?:[\w-]+:.*\n|[ \t#-].*\n|\n)*?)---[ \t]*(?:\n|\Z)")


def read(content: bytes, path: str, sections: Callable[[str], Iterable[chunk.Section]]) -> list[Piece]:
    """The pieces of what stands below the front matter, each with its keys as columns.

    Lists are joined by commas; what is nested deeper is left out.

    Raises:
        DefinitionError: it is not UTF-8, or the front matter is no YAML, or its `visible_to` is no text or list.
    """
    text = decode.text(content, path)
    block = _BLOCK.match(text)
    if not block:
        return list(chunk.pieces(sections(text)))
    keys = _parse(block.group(1), path)
    try:
        seen_by = visible_to(keys.pop(VISIBLE_TO, ()))
    except ValueError as error:
        raise errors.DefinitionError(path, f"front matter: {error}", 1) from error
    columns = {name: value for name, given in keys.items() if (value := _text(given))}
    found = chunk.pieces(sections(text[block.end() :]))
    return [replace(piece, columns=columns, visible_to=seen_by) for piece in found]


def _parse(block: str, path: str) -> dict[str, Any]:
    try:
        # BaseLoader makes texts, lists and mappings only: `version: 1.10` and `country: no` stay what they are.
        found = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - it makes no other objects
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise errors.DefinitionError(path, "the front matter is no YAML", mark.line + 2 if mark else 1) from error
    return dict(found) if isinstance(found, dict) else {}


def _text(given: Any) -> str:
    parts = given if isinstance(given, list) else [given]
    return ", ".join(part.strip() for part in parts if isinstance(part, str))
