"""`untuned check`."""

from __future__ import annotations

import json
import sys

import click
import rich.console
import rich.markup
import rich.table

from processor import config
from processor.core import errors


@click.command()
@click.argument("tasks", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(tasks: tuple[str, ...], as_json: bool) -> None:
    """Check task definitions: task.toml, prompts, answer schema, rules. Says file and line of what is wrong.

    \b
    All tasks of the project:  untuned check
    One of them:               untuned check ticket-triage

    Exits 1 when one is broken.
    """
    from processor.adapters import project

    found = project.Project(config.load().project)
    names = tasks or found.names()
    if not names:
        found.load_all()
    rows = [_row(found, name) for name in names]
    if as_json:
        click.echo(json.dumps({"tasks": rows}))
    else:
        _print(rows)
    sys.exit(0 if all(row["ok"] for row in rows) else 1)


def _row(found: object, name: str) -> dict[str, object]:
    from processor.adapters import project

    assert isinstance(found, project.Project)
    try:
        task = found.load(name)
    except errors.DefinitionError as error:
        return {"task": name, "ok": False, "error": str(error), "file": error.path, "line": error.line}
    return {
        "task": name,
        "ok": True,
        "kind": task.definition.kind,
        "version": task.version,
        "steps": [step.name for step in task.definition.step],
        "rules": [rule.name for rule in task.rules],
        "answer": task.contract.name,
    }


def _print(rows: list[dict[str, object]]) -> None:
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
