"""`untuned check`."""

from __future__ import annotations

import functools
import json
import sys
from typing import TYPE_CHECKING

import click
import rich.console
import rich.markup
import rich.table

from processor import config
from processor.core import errors, models

if TYPE_CHECKING:
    from processor.adapters.project import Project
    from processor.core.task import Task


@click.command()
@click.argument("tasks", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(tasks: tuple[str, ...], as_json: bool) -> None:
    """Check task definitions: task.toml, prompts, answer schema, rules. Says file and line of what is wrong.

    \b
    All tasks of the project:  untuned check
    One of them:               untuned check ticket-triage

    Exits 1 when one is broken. A model's key that is not set is a warning: a worker needs it, a check does not.
    """
    from processor.adapters import project

    root = config.load().project
    found = project.Project(root)
    names = tasks or found.names()
    if not names:
        found.load_all()
    loaded = {name: _load(found, name) for name in names}
    rows = [_row(name, task) for name, task in loaded.items()]
    sound = (task for task in loaded.values() if not isinstance(task, errors.DefinitionError))
    endpoints = (endpoint for task in sound for endpoint in task.endpoints.values())
    warnings = models.missing_keys(endpoints, functools.partial(config.secret, root))
    if as_json:
        click.echo(json.dumps({"tasks": rows, "warnings": warnings}))
    else:
        _print(rows, warnings)
    sys.exit(0 if all(row["ok"] for row in rows) else 1)


def _load(found: Project, name: str) -> Task | errors.DefinitionError:
    try:
        return found.load(name)
    except errors.DefinitionError as error:
        return error


def _row(name: str, task: Task | errors.DefinitionError) -> dict[str, object]:
    if isinstance(task, errors.DefinitionError):
        return {"task": name, "ok": False, "error": str(task), "file": task.path, "line": task.line}
    return {
        "task": name,
        "ok": True,
        "kind": task.definition.kind,
        "version": task.version,
        "steps": [step.name for step in task.definition.step],
        "rules": [rule.name for rule in task.rules],
        "answer": task.contract.name,
    }


def _print(rows: list[dict[str, object]], warnings: list[str]) -> None:
    console = rich.console.Console()
    table = rich.table.Table("task", "kind", "steps", "rules", "version", box=None)
    for row in rows:
        if row["ok"]:
            steps, rules = row["steps"], row["rules"]
            assert isinstance(steps, list)
            assert isinstance(rules, list)
            cells = (row["task"], row["kind"], " → ".join(steps), len(rules), row["version"])
            table.add_row(*(rich.markup.escape(str(cell)) for cell in cells))
    if table.row_count:
        console.print(table)
    for row in rows:
        if not row["ok"]:
            console.print(f"[red]broken[/red]  {rich.markup.escape(str(row['error']))}", soft_wrap=True)
    for warning in warnings:
        console.print(f"[yellow]warning[/yellow] {rich.markup.escape(warning)}", soft_wrap=True)
