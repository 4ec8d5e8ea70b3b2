"""What a retry is told of the attempt before: in words, cleaned, and never longer than its budget.

The previous answer and what violations quote of it are a model's text, as hostile as the event that led to it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from processor.core.prompting import fence
from processor.core.records import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

QUOTED = 300
"""Characters that a violation may take of a message, of what was found and of what would be right."""

LEFT_OUT = "…\n(The rest of the answer is left out here.)"


def describe(violations: Iterable[Violation]) -> str:
    """One line for each: its path, what is wrong, what was found and what would be right."""
    return "\n".join(_line(each) for each in violations)


def fit(
    render: Callable[[tuple[Violation, ...], str | None], str],
    violations: tuple[Violation, ...],
    previous: str | None,
    fits: Callable[[str], bool],
) -> tuple[str, bool]:
    """The correction's text within its budget, and whether anything was cut for that.

    The previous answer is cut from its end first, then violations are left out from theirs, each time with a mark that
    says so. The template's own words are never cut.

    `render` fills the template's block; `fits` says whether a text is within the budget.
    """
    clipped = tuple(_clip(each) for each in violations)
    text = render(clipped, previous)
    if fits(text):
        return text, clipped != violations
    shown = len(clipped)
    while shown and not fits(render(_first(clipped, shown), _start(previous, 0))):
        shown -= 1
    kept = _first(clipped, shown)
    low, high = 0, len(previous or "") - 1
    while low < high:
        middle = (low + high + 1) // 2
        if fits(render(kept, _start(previous, middle))):
            low = middle
        else:
            high = middle - 1
    return render(kept, _start(previous, max(low, 0))), True


def _start(previous: str | None, length: int) -> str | None:
    return previous and previous[:length] + LEFT_OUT


def _first(violations: tuple[Violation, ...], count: int) -> tuple[Violation, ...]:
    if count == len(violations):
        return violations
    left_out = f"{len(violations) - count} more are not named here."
    return (*violations[:count], Violation("$", "more", left_out, expected="right in all other places too"))


def _clip(violation: Violation) -> Violation:
    return dataclasses.replace(
        violation,
        message=_short(violation.message),
        found=_short(violation.found),
        expected=_short(violation.expected),
    )


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"


def _line(violation: Violation) -> str:
    found = f" Found: {_plain(violation.found)}." if violation.found else ""
    expected = f" Right would be: {_plain(violation.expected)}." if violation.expected else ""
    return f"- {_plain(violation.path)}: {_plain(violation.message)}.{found}{expected}"


def _plain(text: str) -> str:
    """Cleaned, on one line, and without what would open or close a fence."""
    return " ".join(fence.clean(text).split()).replace("<", "‹").rstrip(".")
