"""`untuned schemas`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from processor import config
from processor.cli import terminal
from processor.core import errors

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.core.wire.written import Written

LISTED = ("file", "topic", "record", "subject", "fingerprint")
CHECKED = ("file", "subject", "compatibility", "status")


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--json-schema", "show", flag_value="json-schema", help="Print what the model gets.")
@click.option("--avro", "show", flag_value="avro", help="Print the Avro schema of what is written.")
@click.option(
    "--check", "show", flag_value="check", help="Hold them against the schema registry; change nothing there."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the schemas that were asked for.")
def schemas(names: tuple[str, ...], show: str | None, as_json: bool) -> None:
    """Show the schemas that derive from schemas/<task>.avsc, and how they stand in a schema registry.

    Without an option: what is written, where, under which subject, and the fingerprint that stands in messages
    without a registry (Avro single-object encoding). NAME is a task, or an envelope such as envelope.review.

    \b
    What the model gets:              untuned schemas ticket-triage --json-schema
    For code generators:              untuned schemas ticket-triage --avro > TicketTriageResult.avsc
    For consumers without a registry: untuned schemas --avro --json > schemas.json
    Before a changed one goes out:    untuned schemas --check

    A worker makes the same check when it starts, and registers what is new. --check exits 1 when a schema is not
    compatible with those under its subject (SCHEMA_REGISTRY_URL). Where a task narrows its answer by retrieval, the
    model's schema has fewer values for each event: untuned prompt shows it.
    """
    settings = config.load()
    if show == "check":
        _check(settings, names, as_json=as_json)
    elif as_json or show is None:
        _list(settings, names, show, as_json=as_json)
    elif len(names) != 1:
        raise errors.UsageError(f"--{show} prints one schema: untuned schemas NAME --{show}; or give --json for all")
    else:
        (found,) = _rows(settings, names, show)
        schema = found[show.replace("-", "_")]
        if schema is None:
            raise errors.UsageError(f"no model gets {found['name']}: --json-schema is of a task")
        click.echo(json.dumps(schema, indent=2, ensure_ascii=False))


def _list(settings: Settings, names: tuple[str, ...], show: str | None, *, as_json: bool) -> None:
    rows = _rows(settings, names, show)
    if as_json:
        terminal.emit({"schemas": rows})
    else:
        _print(rows, LISTED)


def _check(settings: Settings, names: tuple[str, ...], *, as_json: bool) -> None:
    from processor import app

    registry = app.create_registry(settings)
    if registry is None:
        raise errors.UsageError("--check needs a schema registry: set SCHEMA_REGISTRY_URL")
    try:
        found = [(each, registry.standing(each.subject, each.text)) for each in _written(settings, names)]
    finally:
        registry.close()
    rows = [{**_fields(each), **standing.fields()} for each, standing in found]
    if as_json:
        terminal.emit({"schemas": rows})
    else:
        _print(rows, CHECKED)
        for each, standing in found:
            for line in standing.breaks:
                click.echo(f"{each.file}: {line}")
    sys.exit(1 if any(standing.status == "incompatible" for _, standing in found) else 0)


def _rows(settings: Settings, names: tuple[str, ...], show: str | None) -> list[dict[str, Any]]:
    rows = []
    for each in _written(settings, names):
        row = _fields(each)
        if show == "avro":
            row["avro"] = each.schema.to_json()
        elif show == "json-schema":
            row["json_schema"] = each.json_schema
        rows.append(row)
    return rows


def _written(settings: Settings, names: tuple[str, ...]) -> tuple[Written, ...]:
    from processor import app
    from processor.adapters import project
    from processor.core.wire import written

    found = project.Project(settings.project)
    tasks = {name: found.load(name) for name in names if name not in written.NAMES} if names else found.load_all()
    return tuple(each for each in app.written_schemas(settings, tasks) if not names or each.name in names)


def _fields(found: Written) -> dict[str, Any]:
    return {
        "name": found.name,
        "file": found.file,
        "topic": found.topic,
        "record": found.schema.fullname,
        "subject": found.subject,
        "fingerprint": found.fingerprint,
    }


def _print(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    cells = (tuple(str(row[name]) for name in columns) for row in rows)
    terminal.console().print(terminal.table({name: {"overflow": "fold"} for name in columns}, cells))
