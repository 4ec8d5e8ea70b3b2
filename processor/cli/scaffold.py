"""`untuned init` and `untuned new`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from processor import config
from processor.cli import terminal
from processor.scaffold import make

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.core.definition import Kind


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def init(folder: Path, as_json: bool) -> None:
    """Make a project: tasks/ schemas/ rules/, a price list, an example of .env.

    \b
    Here:             untuned init
    In a new folder:  untuned init my-project

    Nothing that is there is ever written over. Add tasks with `untuned new`.
    """
    made = make.project(folder)
    enter = [] if folder.resolve() == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    _told(folder, made, [*enter, "untuned new my-task --kind classification"], as_json=as_json)


@click.command()
@click.argument("task")
@click.option("--kind", type=click.Choice(make.KINDS), required=True, help="What work it is; see above.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def new(task: str, kind: Kind, as_json: bool) -> None:
    """Make a task that runs at once: a small example of its kind, to be changed into yours.

    \b
    classification  a label out of a list      feedback by topic; a vote of labelled examples first
    extraction      fields out of a text       what a mail asks to be booked; rules on dates and names
    routing         who takes care of it       reports by a table of teams; answers narrowed to its rows
    parsing         a text into lines          shopping lists into lines of a catalogue

    \b
    untuned new refund-check --kind classification

    It passes `untuned check`. Change the files in this order: schemas/TASK.avsc, prompt.md, cases.jsonl, rules,
    examples.jsonl and knowledge/. Nothing that is there is ever written over.
    """
    from processor.adapters import project

    root = config.load().project
    made = make.task(root, task, kind)
    project.Project(root).load(task)
    then = [
        f"untuned check {task}",
        "untuned up && untuned topics",
        f"untuned knowledge load {task}",
        f"untuned produce {task} tasks/{task}/demo.jsonl",
        "untuned worker            # in a second terminal; then: untuned results",
    ]
    _told(root, made, then, as_json=as_json)


def _told(root: Path, made: Sequence[str], then: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        terminal.emit({"folder": str(root), "files": list(made)})
        return
    for path in made:
        click.echo(f"made {root / path}")
    click.echo("\nNext:")
    for line in then:
        click.echo(f"  {line}")
