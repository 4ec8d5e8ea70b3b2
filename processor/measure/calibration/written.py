"""A calibration into the text of task.toml: thresholds and [calibration], all else as it stands. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import tomlkit

from processor.core import definition, errors
from processor.core import task as tasks
from processor.measure.calibration import knobs as knob_choice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tomlkit import TOMLDocument
    from tomlkit.items import AoT

    from processor.core.task import Sources, Task
    from processor.measure.calibration.values import Knob

UNKNOWN = "0" * 16
"""Stands for the digest until it can be computed: it is over what is written."""


def text(task: Task, sources: Sources, knobs: Sequence[Knob], values: Sequence[float], table: Mapping[str, Any]) -> str:
    """The new text of task.toml. Its comments and its layout stay.

    Args:
        task: the task as it was calibrated.
        sources: its texts.
        knobs: the steps' thresholds.
        values: what was chosen, for each.
        table: the keys of [calibration] but `of`, which is computed here.

    Raises:
        UsageError: its steps are written in a form that cannot be changed here.
    """
    document = tomlkit.parse(sources.definition)
    _thresholds(document, task, knobs, values)
    document.pop("calibration", None)
    made = tomlkit.table()
    made.add(tomlkit.comment("Written by `untuned calibrate`; it counts for this version of the task alone."))
    made.add("of", UNKNOWN)
    for key, value in table.items():
        made.add(key, value)
    body = tomlkit.dumps(document).rstrip()
    found = f"{body}\n\n{tomlkit.dumps(tomlkit.document().add('calibration', made))}"
    if "\r\n" in sources.definition:
        found = found.replace("\r\n", "\n").replace("\n", "\r\n")
    named = [endpoint for endpoint in task.endpoints.values() if endpoint.name]
    of = dataclasses.replace(sources, definition=found).calibrated(named)
    return found.replace(f'of = "{UNKNOWN}"', f'of = "{of}"')


def check(task: Task, sources: Sources, models: Any) -> tasks.Task:
    """The task as it would be with these texts.

    Raises:
        UntunedError: it would not be the calibrated one: nothing may be written then.
    """
    made = tasks.build(sources, task.rules, models)
    if made.calibration is None:
        raise errors.UntunedError("the new task.toml would not be the task that was calibrated: nothing was written")
    return made


def _thresholds(document: TOMLDocument, task: Task, knobs: Sequence[Knob], values: Sequence[float]) -> None:
    if "step" not in document:
        document.add("step", _steps(task))
    steps: Any = document["step"]
    for knob, value in zip(knobs, values, strict=True):
        table = steps[knob.step - 1]
        if "accept" not in table:
            table.add("accept", tomlkit.inline_table())
        table["accept"][knob.kind] = round(value) if knob.kind == "agreement" else value
        if knob.kind == "agreement" and "field" not in table:
            table.add("field", knob_choice.field(task, task.definition.step[knob.step - 1]))


def _steps(task: Task) -> AoT:
    """The steps of a task that writes none: a threshold needs one to stand at."""
    made = tomlkit.aot()
    for step in task.definition.step:
        assert isinstance(step, definition.ModelStep)
        table = tomlkit.table()
        table.add("prompt", step.prompt)
        made.append(table)
    return made
