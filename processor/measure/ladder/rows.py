"""A rung's outcomes by case, and which cases are not independent of each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from processor.core.contracts import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.measure.records import Case, Outcome, Run, RungName

Rows = dict[str, tuple["Outcome", ...]]
"""By case id, its outcomes on one rung in the order of their repeats; in the order of the cases' ids."""


def on(run: Run, rung: RungName) -> Rows:
    """The rows of a rung: empty where it was not measured."""
    return by_case(run.on(rung))


def by_case(outcomes: Iterable[Outcome]) -> Rows:
    """Outcomes by case. Sorted, so that nothing that is computed depends on the order in which they came."""
    found: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda each: (each.case, each.repeat)):
        found.setdefault(outcome.case, []).append(outcome)
    return {case: tuple(each) for case, each in found.items()}


def clusters(cases: Iterable[Case]) -> dict[str, str]:
    """By case id, what it is dependent with: its group, else itself alone."""
    return {case.id: f"group {case.group}" if case.group else f"case {case.id}" for case in cases}


def class_of(expected: Mapping[str, object], path: str) -> str | None:
    """The label's class; None where it is not labelled, so that nothing is counted under a made-up one."""
    found = next(place.values(expected, place.parse(path)), _MISSING) if path else _MISSING
    if found is _MISSING:
        return None
    return found if isinstance(found, str) else json.dumps(found)


_MISSING = object()
