"""Which single assumption, if it were known, would flip the answer: each varied alone, the others as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.verdict.values import Flip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.measure.verdict.assumptions import Assumptions
    from processor.measure.verdict.values import Answer, Assumption

BEYOND = 10.0
"""How many times further than its range an assumption is varied, so that a value that nobody expects is shown too."""

GRID = 8
"""Values that are tried on each side before the place of a flip is halved in on."""

HALVINGS = 24
"""They place a flip to within a part in ten million of the step."""

SHARES = ("threshold.", "labels.agreement", "tuned.prompt_share")


def flips(assumed: Assumptions, now: Answer, answer: Callable[[Assumptions], Answer]) -> tuple[Flip, ...]:
    """One for each assumption: those that flip the answer within their range first, then those beyond it."""
    found = [_flip(each, assumed, now, answer) for each in assumed]
    return tuple(sorted(found, key=lambda flip: (flip.at is None, not flip.plausible, flip.key)))


def _flip(varied: Assumption, assumed: Assumptions, now: Answer, answer: Callable[[Assumptions], Answer]) -> Flip:
    least, most = reach(varied)

    def at(value: float) -> Answer:
        return answer(assumed.pinned(varied.key, value))

    found = [place for end in (least, most) if (place := _first(varied.value, end, now, at)) is not None]
    if not found:
        return Flip(varied.key, varied.value, least, most, None, None, plausible=False)
    nearest, becomes = min(found, key=lambda place: (abs(place[0] - varied.value), place[0]))
    inside = varied.low <= nearest <= varied.high
    return Flip(varied.key, varied.value, least, most, nearest, becomes, plausible=inside)


def reach(varied: Assumption) -> tuple[float, float]:
    """How far an assumption is varied: ten times beyond its range, but not below nothing, nor a share above 1."""
    most = max(varied.high, varied.value * BEYOND, varied.high * BEYOND if varied.high > varied.value else 0.0, 1.0)
    least = min(varied.low, varied.value / BEYOND)
    if varied.key.startswith(SHARES) and varied.key != "threshold.changes_per_year":
        most = 1.0
    if varied.key in {"training.epochs", "training.runs", "labels.people_each", "labels.needed"}:
        least = max(1.0, least)
    return least, most


def _first(start: float, end: float, now: Answer, at: Callable[[float], Answer]) -> tuple[float, Answer] | None:
    """The first value from `start` towards `end` at which the answer is another, and that answer."""
    before = start
    for value in _steps(start, end):
        if at(value) != now:
            return _halved(before, value, now, at)
        before = value
    return None


def _steps(start: float, end: float) -> Iterator[float]:
    """Values on the way: the start itself, for a range that becomes a number may already decide, then to the end."""
    yield start
    if start == end:
        return
    for number in range(1, GRID + 1):
        part = number / GRID
        yield start * (end / start) ** part if start > 0 and end > 0 else start + (end - start) * part


def _halved(same: float, other: float, now: Answer, at: Callable[[float], Answer]) -> tuple[float, Answer]:
    if same == other:
        return other, at(other)
    for _ in range(HALVINGS):
        middle = (same + other) / 2
        same, other = (middle, other) if at(middle) == now else (same, middle)
    return other, at(other)
