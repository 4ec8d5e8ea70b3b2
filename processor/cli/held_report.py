"""What `untuned measure` says of a task's calibration."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import rich.text

from processor.cli import terminal
from processor.core.views import display

if TYPE_CHECKING:
    from processor.core.task import Task
    from processor.measure.records import Run


def show(task: Task, run: Run) -> None:
    """Whether the promise still holds; nothing where none was made, or the rung `rules` was not run."""
    from processor.measure.calibration import holding

    held = holding.of(task, run)
    if held is None:
        return
    console = terminal.console()
    console.print()
    for line in held.told:
        console.print(rich.text.Text(display.safe(f"Calibration: {line}.")), soft_wrap=True)
    console.print(rich.text.Text(holding.SAME, style="dim"), soft_wrap=True)


def document(task: Task, run: Run) -> dict[str, Any]:
    """The same for JSON, as one key; none where there is nothing to say."""
    from processor.measure.calibration import holding

    held = holding.of(task, run)
    if held is None:
        return {}
    return {"calibration": {**dataclasses.asdict(held), "outgrown": task.outgrown, "note": holding.SAME}}
