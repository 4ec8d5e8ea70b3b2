"""A piece of a document, as its file gives it, on its way to be an entry of the vector store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VISIBLE_TO = "visible_to"
"""The column, front matter key or field that says who may see it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """As in `entry.Entry`; `line` is its place in the file, counted from 1, where that is known."""

    title: str
    text: str
    columns: Mapping[str, str] = field(default_factory=dict)
    visible_to: tuple[str, ...] = ()
    line: int | None = None


def visible_to(value: Any) -> tuple[str, ...]:
    """The values that a file gives for `visible_to`: a list of texts, or one text in which `|` stands between them.

    Raises:
        ValueError: it is something else.
    """
    parts = value.split("|") if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or not all(isinstance(part, str) for part in parts):
        raise ValueError(f"`{VISIBLE_TO}` must be a text or a list of texts")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
