"""A rung's outcomes by case, and which cases are not independent of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core.contracts import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.task import Task
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


def class_place(task: Task) -> str:
    """The place of the answer that says its class; empty where the contract has none.

    It is what a step's agreement is about, else the first field with an enumeration, else the first that is narrowed;
    of a routing task first the narrowed: that is where things go.
    """
    definition, properties = task.definition, task.contract.json_schema["properties"]
    agreed = [step.field for step in definition.step if step.field]
    enums = [f"$.{name}" for name, schema in properties.items() if len(schema.get("enum", ())) > 1]
    narrowed = [path for path in definition.narrow if path.removeprefix("$.") in properties]
    listed = [*narrowed, *enums] if definition.kind == "routing" else [*enums, *narrowed]
    return next(iter([*agreed, *listed]), "")


def class_of(expected: Mapping[str, object], path: str) -> str | None:
    """The label's class; None where it is not labelled or no text, so that nothing is counted under a made-up one."""
    if not path:
        return None
    found = next(place.values(expected, place.parse(path)), None)
    return found if isinstance(found, str) else None
