"""An event's input, laid out for reading: its text large, the rest by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLD = 4000
"""Characters after which a text is folded; the rest shows on demand."""

FOLD_LINES = 60
"""Lines after which it is folded, too: a text of many short ones is as long on a screen."""

NEAR = 200
"""Characters before the fold in which a line's or a word's end is looked for."""

_TEXT = ("text", "message", "body", "content", "question")
"""Names that a task's main text commonly has, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text of which the beginning shows. `rest` is empty where all does; `size` is in characters."""

    head: str
    rest: str
    size: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A value by its name; `nested` where it is JSON that reads better in lines of its own."""

    name: str
    text: Folded
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """What an event says: its main text and that text's name (both empty where there is none), and all others."""

    name: str
    text: Folded
    others: tuple[Fact, ...]
    attributes: tuple[Fact, ...]


def of(event: Mapping[str, Any]) -> Texts:
    """Lay out an event of a review record."""
    given = event.get("input") or {}
    name = main(given)
    others = tuple(_fact(key, value) for key, value in given.items() if key != name or not name)
    attributes = tuple(_fact(key, value) for key, value in (event.get("attributes") or {}).items())
    return Texts(name, folded(given[name] if name else ""), others, attributes)


def main(given: Mapping[str, Any]) -> str:
    """Which part of an input is its text: a common name, else the longest string; empty where it has none."""
    texts = {key: value for key, value in given.items() if isinstance(value, str) and value.strip()}
    common = next((name for name in _TEXT if name in texts), "")
    return common or max(texts, key=lambda key: len(texts[key]), default="")


def folded(text: str, most: int = FOLD) -> Folded:
    """A text cut where it folds, about `most` characters in: at a line's or a word's end, where one is near."""
    end = _end(text, most)
    return Folded(text[:end], text[end:], len(text))


def _end(text: str, most: int) -> int:
    head = text[:most]
    lines = head.split("\n", FOLD_LINES)
    if len(lines) > FOLD_LINES:
        return len(head) - len(lines[-1])
    if len(text) <= most:
        return len(text)
    near = max(head.rfind("\n", most - NEAR), head.rfind(" ", most - NEAR))
    return near + 1 if near > 0 else most


def pretty(value: Any) -> str:
    """JSON in lines, its letters as they are."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _fact(name: str, value: Any) -> Fact:
    if isinstance(value, str):
        return Fact(name, folded(value))
    nested = isinstance(value, dict | list) and bool(value)
    return Fact(name, folded(pretty(value) if nested else json.dumps(value, default=str)), nested)
