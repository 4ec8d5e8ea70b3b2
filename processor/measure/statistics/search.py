"""How many it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def least(suffices: Callable[[int], bool], most: int) -> int | None:
    """The least number from 1 to `most` that suffices, found by doubling and halving; None where none was found.

    Where numbers suffice, fall short and suffice again (the chances of counts rise in steps and fall back between
    them), it is one of those whose predecessor falls short.
    """
    short, enough = 0, 1
    while not suffices(enough):
        if enough == most:
            return None
        short, enough = enough, min(enough * 2, most)
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if suffices(middle) else (middle, enough)
    return enough
