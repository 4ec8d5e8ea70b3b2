"""What the label says where an answer is wrong, and whether a text says it too. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from processor.core.contracts import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from processor.measure.records import Score

SHORTEST = 2
"""Characters of a value that can be looked for: a shorter one stands everywhere by chance."""

LONGEST = 60
"""A longer one is a text of somebody's own, which no document repeats."""


def expected(label: Mapping[str, Any], offered: Mapping[str, Any] | None, score: Score) -> dict[str, tuple[Any, ...]]:
    """The values of the label that the answer lacks, by place (`$.lines[*].sku`), where a labelled place is wrong.

    Of a wrong list they are those that stand nowhere in the answer's; all of them, where the answer has each somewhere.
    """
    found: dict[str, list[Any]] = {}
    for path in (path for path, right in score.fields.items() if not right):
        wanted = list(_leaves(path, label))
        given = {(where, str(value)) for where, value in _leaves(path, offered or {})}
        lacking = [(where, value) for where, value in wanted if (where, str(value)) not in given]
        for where, value in lacking or wanted:
            found.setdefault(where, []).append(value)
    return {where: tuple(dict.fromkeys(map(_hashable, values))) for where, values in found.items()}


def texts(values: Iterable[Any]) -> tuple[str, ...]:
    """Those of the values that can be looked for in a text."""
    return tuple(value for value in values if isinstance(value, str) and SHORTEST <= len(value.strip()) <= LONGEST)


def stands(value: str, text: str) -> bool:
    """Whether a text names a value, as whole words; `account_access` is `Account access`, too."""
    words = _plain(value)
    return bool(words) and f" {words} " in f" {_plain(text)} "


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _leaves(path: str, answer: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    generic = re.sub(r"\[\d+\]", "[*]", path if path.startswith("$") else f"$.{path}")
    try:
        steps = place.parse(generic)
    except ValueError:
        return
    for value in place.values(answer, steps):
        yield from _within(generic, value)


def _within(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _within(f"{path}.{name}", each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _within(f"{path}[*]", each)
    elif value is not None:
        yield path, value


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)
