"""`untuned topics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from processor import config
from processor.cli import terminal

if TYPE_CHECKING:
    from processor.adapters.topics import Outcome


@click.command()
@click.option("--partitions", type=click.IntRange(1, 10_000), help="Of each topic; default 8, or what is there.")
@click.option("--replication", type=click.IntRange(1, 100), help="Copies of each; default: the cluster's.")
@click.option("--alter", is_flag=True, help="Change what differs on existing topics, where Kafka can.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def topics(partitions: int | None, replication: int | None, alter: bool, dry_run: bool, as_json: bool) -> None:
    """Create the topics: tasks, retry, results, review, decisions, journal.

    Calling it again changes nothing. Topics that exist with other settings are left alone and the differences told;
    --alter sets right what can be. Partitions bound the number of workers, not the calls in flight; they can be
    raised later, but never lowered, and raising them moves keys to other partitions.

    \b
    On this machine:    untuned topics
    On a cluster:       untuned topics --partitions 24 --replication 3
    See it first:       untuned topics --alter --dry-run

    The names begin with UNTUNED_TOPIC_PREFIX (default: untuned).
    """
    from processor.adapters import topics as adapter

    outcomes = adapter.ensure(
        config.load(), partitions=partitions, replication=replication, alter=alter, dry_run=dry_run
    )
    if as_json:
        terminal.emit({"topics": [_fields(outcome) for outcome in outcomes]})
        return
    columns = {"topic": {}, "state": {}, "partitions": {"justify": "right"}, "kept": {}, "why": {"overflow": "fold"}}
    rows = ((o.name, o.state, str(o.spec.partitions), _kept(o), o.spec.why) for o in outcomes)
    terminal.console().print(terminal.table(columns, rows))
    for outcome in outcomes:
        for found in outcome.differences:
            note = f" ({found.note})" if found.note else ""
            click.echo(f"{outcome.name}: {found.setting} is {found.found}, wanted {found.wanted}{note}")
    if not alter and any(found.alterable for outcome in outcomes for found in outcome.differences):
        click.echo("Set right what can be with: untuned topics --alter")


def _kept(outcome: Outcome) -> str:
    milliseconds = int(outcome.spec.settings["retention.ms"])
    return "for good" if milliseconds < 0 else f"{milliseconds // 86_400_000} days"


def _fields(outcome: Outcome) -> dict[str, object]:
    return {
        "name": outcome.name,
        "state": outcome.state,
        "partitions": outcome.spec.partitions,
        "replication": outcome.spec.replication,
        "settings": dict(outcome.spec.settings),
        "differences": [
            {
                "setting": found.setting,
                "found": found.found,
                "wanted": found.wanted,
                "alterable": found.alterable,
                "note": found.note,
            }
            for found in outcome.differences
        ],
    }
