"""`untuned demo`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from processor import config
from processor.cli import terminal
from processor.core import errors


@click.command()
@click.option("--task", default="", help="Only this task; default: every task that has a demo.jsonl.")
@click.option("--data", type=click.Path(path_type=Path), metavar="FILE", help="A CSV file of your own messages.")
@click.option("--limit", type=click.IntRange(0), default=200, show_default=True, help="Of --data; 0: send all.")
@click.option("--keep", is_flag=True, help="Leave the stack up.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object; all else goes to stderr.")
def demo(task: str, data: Path | None, limit: int, keep: bool, as_json: bool) -> None:
    """Run the whole way on this machine: stack, topics, knowledge, events, two workers, and the sums.

    Sends the messages of tasks/TASK/demo.jsonl through Kafka, retrieval, the model and the checks, reads the topics
    anew, and shows that every event is in exactly one of results or review. Exits 1 where the sums do not hold.
    Topics and group are the demo's own (UNTUNED_TOPIC_PREFIX with -demo behind it).

    \b
    The project's own tasks:   untuned demo
    Look around afterwards:    untuned demo --keep
    Your own messages:         untuned demo --data messages.csv
    For a program:             untuned demo --json | tail -1 | jq .lost

    FILE has a column `text` and, where it is known, a column `category`: half of the labelled messages then become
    examples to retrieve, the others are sent and the answers held against their labels. The task that is made for
    them is an ordinary project, and the demo ends by saying where it is.
    """
    from processor.demo import plan, run

    wish = plan.Wish(task, data, limit, keep)
    found = run.run(config.load(), wish, sys.stderr if as_json else sys.stdout)
    if as_json:
        terminal.emit(found.fields())
    if found.complaints:
        first_lines = (complaint.partition("\n")[0] for complaint in found.complaints)
        raise errors.UntunedError(f"the demo fell short: {'; '.join(first_lines)}")
