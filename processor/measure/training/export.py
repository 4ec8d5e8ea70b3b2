"""Labelled cases -> training data, split, and checked for leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import errors
from processor.measure.training import chats, split
from processor.measure.training.values import Check, Export

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.task import Task
    from processor.measure.records import Case
    from processor.measure.training.split import Sides
    from processor.measure.training.values import SplitBy

VALIDATION = 0.2
"""The share of the cases that is for validation."""


def export(
    task: Task, cases: Sequence[Case], *, how: SplitBy | None = None, validation: float = VALIDATION, seed: int = 0
) -> Export:
    """The training data of a task's labelled cases.

    Args:
        task: as it stands.
        cases: with ids of their own.
        how: what keeps the sides apart; None for the best that the cases have (`split.by`).
        validation: the share of the cases for validation, over 0 and under 1.
        seed: of the draw.

    Raises:
        UsageError: there is nothing to train on, or it cannot be kept apart.
    """
    made, left = {}, {}
    for case in cases:
        try:
            made[case.id] = chats.chat(task, case)
        except chats.Left as why:
            left[case.id] = str(why)
    kept = [case for case in cases if case.id in made]
    if not kept:
        told = "; ".join(f"{why}: {count}" for why, count in counted(left).items()) or "there are none"
        raise errors.UsageError(f"no labelled case of {task.name} can be trained on ({told})")
    by = how or split.by(kept)
    sides = split.split(kept, by, validation, seed)
    train, held = (tuple(made[ident] for ident in side) for side in sides)
    known = {case.id: case for case in kept}
    return Export(train, held, by, _checks(known, sides, by), left, tuple(known[ident] for ident in sides[1]))


def counted(left: Mapping[str, str]) -> dict[str, int]:
    """Cases that are left out, by why."""
    whys = list(left.values())
    return {why: whys.count(why) for why in sorted(set(whys))}


def _checks(cases: Mapping[str, Case], sides: Sides, by: SplitBy) -> tuple[Check, ...]:
    found = split.leaks(cases, sides)
    told = "such cases were put on one side together"
    checks = [Check(name, len(sides[1]), len(ids), told, ids) for name, ids in found.items()]
    if by == "time":
        newest = max(_time(cases[ident]) for ident in sides[0])
        older = tuple(ident for ident in sides[1] if _time(cases[ident]) < newest)
        checks.append(
            Check(
                "older than the newest of training",
                len(sides[1]),
                len(older),
                "it hangs together with newer ones",
                older,
            )
        )
    return tuple(checks)


def _time(case: Case) -> float:
    return case.event.created_at.timestamp() if case.event.created_at else 0.0
