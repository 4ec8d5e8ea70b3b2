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
    from collections.abc import Iterable

    from processor.config import Settings
    from processor.core.wire.written import Standing, Written


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--json-schema", "show", flag_value="json-schema", help="Print what the model gets for one task.")
@click.option(
    "--avro", "show", flag_value="avro", help="Print the Avro schema that one task's results are written with."
)
@click.option(
    "--check", "show", flag_value="check", help="Hold them against the schema registry; change nothing there."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, on one line.")
def schemas(names: tuple[str, ...], show: str | None, as_json: bool) -> None:
    """Show the schemas that derive from schemas/<task>.avsc, and how they stand in a schema registry.

    Without an option: what is written, where, under which subject, and the fingerprint that stands in messages
    without a registry (Avro single-object encoding). NAME is a task, or an envelope such as envelope.review.

    \b
    What the model gets:            untuned schemas ticket-triage --json-schema
    For a consumer of results:      untuned schemas ticket-triage --avro > TicketTriageResult.avsc
    For a consumer of review items: untuned schemas envelope.review --avro > Review.avsc
    Before a changed one goes out:  untuned schemas --check

    A worker makes the same check when it starts, and registers what is new. --check exits 1 when a schema is not
    compatible with those under its subject (SCHEMA_REGISTRY_URL). Where the task narrows its answer by retrieval, the
    model's schema of an event has fewer values: untuned prompt shows it.
    """
    settings = config.load()
    if show == "check":
        _check(settings, names, as_json=as_json)
    elif show is None:
        _list(settings, names, as_json=as_json)
    elif len(names) != 1:
        raise errors.UsageError(f"--{show} prints the schema of one: untuned schemas NAME --{show}")
    else:
        found = _model_schema(settings, names[0]) if show == "json-schema" else _avro(settings, names[0])
        click.echo(json.dumps(found, indent=None if as_json else 2, ensure_ascii=False))


def _model_schema(settings: Settings, name: str) -> Any:
    from processor.adapters import project

    return project.Project(settings.project).load(name).contract.json_schema


def _avro(settings: Settings, name: str) -> Any:
    from processor.adapters import wire

    envelope = name.removeprefix("envelope.")
    if name != envelope and envelope in wire.ENVELOPES:
        return json.loads(wire.envelope(envelope))
    (found,) = _written(settings, (name,))
    return found.schema.to_json()


def _list(settings: Settings, names: tuple[str, ...], *, as_json: bool) -> None:
    rows = [_fields(found) for found in _written(settings, names)]
    if as_json:
        terminal.emit({"schemas": rows})
        return
    columns = ("file", "topic", "record", "subject", "fingerprint")
    terminal.console().print(terminal.table({name: {"overflow": "fold"} for name in columns}, _cells(rows, columns)))


def _check(settings: Settings, names: tuple[str, ...], *, as_json: bool) -> None:
    from processor import app

    registry = app.create_registry(settings)
    if registry is None:
        raise errors.UsageError("--check needs a schema registry: set SCHEMA_REGISTRY_URL")
    try:
        found = [(each, registry.standing(each.subject, each.text)) for each in _written(settings, names)]
    finally:
        registry.close()
    rows = [{**_fields(each), **_standing(standing)} for each, standing in found]
    if as_json:
        terminal.emit({"schemas": rows})
    else:
        _print_standings(rows)
    sys.exit(1 if any(standing.status == "incompatible" for _, standing in found) else 0)


def _print_standings(rows: list[dict[str, Any]]) -> None:
    columns = ("file", "subject", "compatibility", "status")
    console = terminal.console()
    console.print(terminal.table({name: {"overflow": "fold"} for name in columns}, _cells(rows, columns)))
    for row in rows:
        if row["status"] == "incompatible":
            breaks = row["breaks"] or ["an older version under the subject is not compatible"]
            for line in breaks:
                console.print(f"{row['file']}: {line}", markup=False, soft_wrap=True)


def _written(settings: Settings, names: tuple[str, ...]) -> tuple[Written, ...]:
    """What is written of the named tasks and envelopes, of all where none is named.

    Raises:
        DefinitionError: there is no such task, or it is broken.
    """
    from processor import app
    from processor.adapters import project
    from processor.core.wire import written

    found = project.Project(settings.project)
    own = {f"envelope.{name}" for name in written.ENVELOPES}
    tasks = {name: found.load(name) for name in names if name not in own} if names else found.load_all()
    return tuple(
        each
        for each in app.written_schemas(settings, tasks)
        if not names or each.task in names or each.file.removeprefix("schemas/").removesuffix(".avsc") in names
    )


def _fields(found: Written) -> dict[str, Any]:
    return {
        "file": found.file,
        "task": found.task,
        "topic": found.topic,
        "record": found.schema.fullname,
        "subject": found.subject,
        "fingerprint": found.fingerprint,
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {"status": standing.status, "compatibility": standing.level, "breaks": list(standing.breaks)}


def _cells(rows: Iterable[dict[str, Any]], columns: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    return (tuple(str(row[name]) for name in columns) for row in rows)
