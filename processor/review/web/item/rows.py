"""Items of lists and maps moved by a button of the form, for those who work without the page's script.

Pure: the controls that were posted -> those with two neighbours exchanged. The items of `answer.lines` are
`answer.lines.0…`. Items are added and taken away by `forms.typed` itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOVE = "move"
"""The name of the buttons; their values are `up:answer.lines.1` and `down:answer.lines.1`."""


def moved(posted: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """The controls with the item that a button names one place up or down; where it cannot move, as they are."""
    direction, _, name = (posted.get(MOVE) or [""])[-1].partition(":")
    group, _, digits = name.rpartition(".")
    numbers = _numbers(posted, f"{group}.")
    if not group or not _is_number(digits) or int(digits) not in numbers:
        return dict(posted)
    place = numbers.index(int(digits)) + {"up": -1, "down": 1}.get(direction, 0)
    if not 0 <= place < len(numbers):
        return dict(posted)
    swap = {digits: str(numbers[place]), str(numbers[place]): digits}
    return {_renamed(each, f"{group}.", swap): texts for each, texts in posted.items()}


def _numbers(posted: Mapping[str, Sequence[str]], start: str) -> list[int]:
    """The numbers of a list's items, in their order; they may have gaps."""
    parts = {each.removeprefix(start).partition(".")[0] for each in posted if each.startswith(start)}
    return sorted(int(each) for each in parts if _is_number(each))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 7 and str(int(text)) == text  # noqa: PLR2004 - digits


def _renamed(name: str, start: str, swap: Mapping[str, str]) -> str:
    if not name.startswith(start):
        return name
    digits, dot, rest = name.removeprefix(start).partition(".")
    return f"{start}{swap.get(digits, digits)}{dot}{rest}"
