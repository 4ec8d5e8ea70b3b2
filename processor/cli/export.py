"""`untuned export`."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from processor import config
from processor.cli import measuring, measuring_options, terminal
from processor.core import errors
from processor.core.records import Event
from processor.measure.records import Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.cli.measuring_options import Options
    from processor.config import Settings
    from processor.core.task import Task
    from processor.measure.training.files import Given
    from processor.measure.training.values import SplitBy
    from processor.measure.verdict.kept import Kept


@click.command()
@click.argument("task")
@measuring_options.sources
@click.option("--format", "kind", type=click.Choice(["openai"]), required=True, help="Of the training files.")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="FOLDER",
    help="New or empty; files in it are readable by you alone.",
)
@click.option(
    "--split",
    "how",
    type=click.Choice(["group", "time", "case"]),
    help="What keeps both parts apart; default: groups where there are some, else the time where all have one.",
)
@click.option(
    "--validation",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the cases for validation.",
)
@click.option("--anyway", metavar="REASON", help="Export against the verdict; the reason is kept in the manifest.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON object.")
def export(
    task: str,
    asked: Options,
    kind: str,
    folder: Path,
    how: SplitBy | None,
    validation: float,
    anyway: str | None,
    as_json: bool,
) -> None:
    """Write labelled cases as training data: chats of the task's own prompt with the labelled answers.

    \b
    After a verdict that is not No:   untuned export ticket-triage --format openai --out training
    With what people decided:         untuned export ticket-triage --format openai --out training --days 90
    Against the verdict:              untuned export ticket-triage --format openai --out training --anyway "a test"

    It is refused while the verdict on this version of the task is No, or there is none: `untuned verdict TASK` gives
    it. Training and validation are split by customer or time; the same or nearly the same input never stands in both.
    The files are read back and held against OpenAI's documented format. See docs/export.md.
    """
    from processor.adapters import project
    from processor.measure.training import export as exporting
    from processor.measure.training import files
    from processor.measure.verdict import kept

    del kind  # there is one
    measuring_options.needs_extra()
    settings = config.load()
    found = project.Project(settings.project).load(task)
    reason = _reason(anyway)
    last = kept.last(settings, task, found.version)
    _refuse(task, last, reason)
    cases = (*measuring.gathered(settings, found, asked).cases, *_examples(settings, found))
    made = exporting.export(found, cases, how=how, validation=validation, seed=asked.seed)
    manifest = files.write(folder, made, _given(found, asked, last, reason))
    if as_json:
        terminal.emit(manifest)
    else:
        _show(folder, manifest)


def _reason(anyway: str | None) -> str:
    reason = (anyway or "").strip()
    if anyway is not None and not reason:
        raise errors.UsageError('--anyway needs a reason: --anyway "to compare with the ladder"')
    return reason


def _refuse(task: str, last: Kept | None, reason: str) -> None:
    """Without a reason nothing is exported against a verdict, or without one."""
    if reason:
        return
    if last is None:
        raise errors.UntunedError(
            f"there is no verdict on this version of {task}: `untuned verdict {task}` gives one (or --anyway REASON)"
        )
    if last.answer == "no":
        raise errors.UntunedError(f"{last.sentence} (of {last.at[:10]}; --anyway REASON exports all the same)")


def _examples(settings: Settings, task: Task) -> tuple[Case, ...]:
    """The task's labelled examples: no case is one of them, but a case's customer may have written some."""
    from processor.checking import labelled
    from processor.measure.cases import labels

    found = [each for each in labelled.read(settings.project, task.name) if each.is_example]
    events = [Event(f"{each.path}:{each.id}", task.name, each.input, None, each.attributes) for each in found]
    return tuple(
        Case(event, each.answer, f"{each.path}:{each.line}", group=labels.group_of(task, event))
        for event, each in zip(events, found, strict=True)
    )


def _given(task: Task, asked: Options, last: Kept | None, reason: str) -> Given:
    from processor.measure.training import files

    told = None if last is None else dataclasses.asdict(last)
    return files.Given(task.name, task.version, datetime.now(UTC).isoformat(), asked.seed, told, reason)


def _show(folder: Path, manifest: Mapping[str, Any]) -> None:
    console = terminal.console()
    columns: dict[str, dict[str, Any]] = {"file": {}, "lines": {"justify": "right"}, "tokens": {"justify": "right"}}
    rows = [(name, f"{each['lines']:,}", f"{each['tokens']:,}") for name, each in manifest["files"].items()]
    console.print(terminal.table(columns, rows))
    checks: dict[str, dict[str, Any]] = {
        "looked for": {},
        "in": {"justify": "right"},
        "found": {"justify": "right"},
        "what was done": {},
    }
    console.print()
    console.print(
        terminal.table(
            checks,
            (
                (each["name"], f"{each['looked_at']:,}", f"{each['found']:,}", each["done"])
                for each in manifest["checks"]
            ),
        )
    )
    left = ", ".join(f"{count:,} {why}" for why, count in manifest["left_out"].items()) or "none"
    console.print(f"\nsplit by {manifest['split_by']}; left out: {left}", markup=False)
    console.print(f"{folder}: read back, and in OpenAI's format", markup=False)
