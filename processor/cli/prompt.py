"""`untuned prompt`."""

from __future__ import annotations

import asyncio
import json
from typing import IO, TYPE_CHECKING, Any

import click
import rich.console
import rich.rule
import rich.text

from processor import config
from processor.cli import terminal
from processor.core import errors
from processor.core.views import display

if TYPE_CHECKING:
    from processor.core.records import Event


@click.command()
@click.argument("task")
@click.option(
    "--event", "event_file", type=click.File("rb"), help="JSON file of an event, or of its input alone; - for stdin."
)
@click.option("--attempt", type=click.IntRange(min=1), default=1, show_default=True, help="Which step of the ladder.")
@click.option("--answer", "answer_file", type=click.File("rb"), help="What the model answered at the attempt before.")
@click.option("--no-retrieval", is_flag=True, help="Search for nothing: no server is needed.")
@click.option("--schema", "with_schema", is_flag=True, help="Show the answer's JSON Schema, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def prompt(
    task: str,
    event_file: IO[bytes] | None,
    attempt: int,
    answer_file: IO[bytes] | None,
    no_retrieval: bool,
    with_schema: bool,
    as_json: bool,
) -> None:
    """Show exactly what the model would get for an event, before anything is spent.

    \b
    The task's first case:         untuned prompt invoice-extraction
    An event of your own:          untuned prompt invoice-extraction --event event.json
    Only its input, from a pipe:   echo '{"text": "Where is it?"}' | untuned prompt ticket-triage --event - --attempt 2
    A retry after a bad answer:    untuned prompt invoice-extraction --attempt 2 --answer answer.json
    Without any server:            untuned prompt invoice-extraction --no-retrieval

    The passages come from the real store, those that do not fit the budget are named, and each part's tokens are
    counted. No model is asked. The answer before is held against the contract and the rules, so that the correction
    says what a worker's would; a step that takes a vote shows the vote.
    """
    from processor import preview

    settings = config.load()
    given, source = _event(event_file, task) if event_file else preview.sample(settings, task)
    answer = answer_file.read().decode("utf-8", "replace") if answer_file else None
    try:
        made = asyncio.run(preview.show(settings, given, attempt, answer, retrieve=not no_retrieval))
    except errors.Refused as refused:
        said = f"the event would go to people ({refused.reason.value}): {refused}"
        raise errors.Refused(refused.reason, said) from refused
    row = {**preview.as_row(made), "event_from": source}
    if as_json:
        terminal.emit(row)
    else:
        _print(row, with_schema=with_schema)


def _event(file: IO[bytes], task: str) -> tuple[Event, str]:
    from processor import preview

    name = getattr(file, "name", "-")  # a pipe need not have one
    try:
        found = preview.event(file.read(), task)
    except ValueError as error:
        raise errors.UsageError(f"{name} holds no event: {error}") from error
    if found.task != task:
        raise errors.UsageError(f"{name} holds an event of the task {display.safe(found.task)}, not of {task}")
    return found, name


def _print(row: dict[str, Any], *, with_schema: bool) -> None:
    console = terminal.console()
    _say(console, f"{row['task']}, attempt {row['attempt']}: {row['step']}, for {row['event']} ({row['event_from']})")
    for note in row["notes"]:
        _say(console, f"note: {note}", style="yellow")
    for turn in row.get("messages", ()):
        _section(console, turn["role"])
        _say(console, turn["content"])
    if "vote" in row:
        _section(console, "vote")
        _say(console, json.dumps(row["vote"]["answer"], ensure_ascii=False))
        _say(console, row["vote"]["against"] or "enough examples agree: no model is asked")
    if with_schema and "schema" in row:
        _section(console, "schema")
        _say(console, json.dumps(row["schema"], ensure_ascii=False, indent=2))
    if row["passages"]:
        _section(console, "passages")
        console.print(terminal.table(_PASSAGES, (_passage(each) for each in row["passages"])))
    if "tokens" in row:
        _section(console, "tokens")
        _tokens(console, row["tokens"], row["max_tokens"])


_PASSAGES = {"retrieval": {}, "score": {"justify": "right"}, "id": {}, "says": {}, "in the prompt": {}}


def _passage(each: dict[str, Any]) -> tuple[str, ...]:
    shown = "yes" if each["kept"] else f"no: {each['why']}"
    says = display.short(each["title"] or each["text"], 60)
    return each["retrieval"], f"{each['score']:.3f}", display.safe(each["id"]), says, shown


def _tokens(console: rich.console.Console, tokens: dict[str, Any], answer: int) -> None:
    rows = [(part["name"], f"{part['tokens']:,}", "cut" if part["cut"] else "") for part in tokens["parts"]]
    rows.append(("all", f"{tokens['total']:,}", f"of {tokens['limit']:,}"))
    console.print(terminal.table({"part": {}, "tokens": {"justify": "right"}, "": {}}, rows))
    _say(console, f"counted by: {tokens['counted_by']}; the answer may take {answer:,} more")


def _section(console: rich.console.Console, title: str) -> None:
    console.print()
    if console.is_terminal:
        console.print(rich.rule.Rule(rich.text.Text(title, style="bold"), align="left", style="dim"))
    else:
        console.print(rich.text.Text(f"--- {title}"))


def _say(console: rich.console.Console, text: str, style: str = "") -> None:
    console.print(rich.text.Text(display.safe(text), style=style), soft_wrap=True)
