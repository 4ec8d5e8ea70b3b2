"""`untuned up`, `down` and `status`: the local stack."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

import click
import rich.table
import rich.text

from processor import config
from processor.cli import terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.config import Settings
    from processor.local.stack import ServerStatus

AS_JSON = click.option("--json", "as_json", is_flag=True, help="End with one JSON value on the last line.")


@click.command()
@click.option("--fresh", is_flag=True, help="Empty the servers' data first: topics, knowledge, everything.")
@AS_JSON
def up(fresh: bool, as_json: bool) -> None:
    """Start Kafka, Weaviate, a chat model and an embedding model on this machine, without Docker.

    What they need is fetched or built once and kept (XDG_CACHE_HOME); their data and logs are the project's own
    (XDG_STATE_HOME). What runs and is healthy is left alone. A part that the environment or .env points elsewhere
    is only asked whether it answers.

    \b
    untuned up                                        all four, or what is missing of them
    untuned up --fresh                                the same, with empty data
    KAFKA_BOOTSTRAP_SERVERS=kafka:9092 untuned up     your Kafka, the others here
    OPENAI_BASE_URL=https://… OPENAI_API_KEY=… OPENAI_MODEL=… untuned up
    untuned up --json | tail -1                       the addresses for another program
    """
    from processor.local import display, stack

    settings = config.load()
    with display.shown(sys.stderr) as report:
        addresses = stack.up(settings, fresh=fresh, report=report)
    if as_json:
        terminal.emit(addresses)
    else:
        click.echo(_welcome(settings, addresses))


@click.command()
@AS_JSON
def down(as_json: bool) -> None:
    """Stop what `untuned up` started for this project, and nothing else. Data and logs stay.

    \b
    untuned down
    untuned down && untuned up --fresh    begin again with empty data
    """
    from processor.local import display, stack

    with display.shown(sys.stderr) as report:
        stopped = stack.down(config.load(), report=report)
    if as_json:
        terminal.emit({"stopped": stopped})
    else:
        click.echo(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing of this project's stack was running.")


@click.command()
@AS_JSON
def status(as_json: bool) -> None:
    """Show each server: how it does, where it is, its process, memory and log. Exit code 1 where one is not healthy.

    \b
    untuned status
    untuned status --json
    """
    from processor.local import stack

    found = stack.status(config.load())
    if as_json:
        terminal.emit([{**dataclasses.asdict(each), "log": each.log and str(each.log)} for each in found])
    else:
        terminal.console().print(_table(found))
    sys.exit(0 if all(each.state in ("running", "yours") for each in found) else 1)


def _welcome(settings: Settings, addresses: Mapping[str, str]) -> str:
    lines = [f"  {name}={value}" for name, value in addresses.items()]
    return "\n".join(
        [
            "The stack is up; untuned's commands find it by themselves. For other programs:",
            *lines,
            f"Logs:  {settings.state_dir}/SERVER/log",
            "Next:  untuned topics                        create the topics",
            "       untuned knowledge load ticket-triage  load a task's documents and examples",
            "       untuned worker                        work on what is produced",
            "       untuned down                          stop the stack; data stays",
        ]
    )


def _table(found: list[ServerStatus]) -> rich.table.Table:
    whole: dict[str, Any] = {"no_wrap": True}
    columns = {
        "server": whole,
        "state": whole,
        "address": whole,
        "pid": whole,
        "memory": whole,
        "log": {"overflow": "fold"},
    }
    rows = [
        (each.name, each.state, each.address, str(each.pid or ""), _megabytes(each.memory), str(each.log or ""))
        for each in found
    ]
    notes = [f"{each.name}: {each.detail}" for each in found if each.detail]
    if any(each.state == "stopped" for each in found):
        notes.append("`untuned up` starts what is stopped")
    return terminal.table(
        columns, rows, caption=rich.text.Text("\n".join(notes)) if notes else None, caption_justify="left"
    )


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:.0f} MB"
