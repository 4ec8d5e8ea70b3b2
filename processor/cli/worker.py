"""`untuned worker`."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

import click

from processor import config
from processor.core import exit_codes


@click.command()
@click.option("-c", "--concurrency", type=click.IntRange(1, 1024), help="Model calls in flight (UNTUNED_CONCURRENCY).")
@click.option(
    "--health-port",
    type=click.IntRange(0, 65535),
    help="Answer GET /health there; 0: a free one (UNTUNED_HEALTH_PORT).",
)
@click.option("--log-format", type=click.Choice(["auto", "json", "pretty"]), help="Default: pretty on a terminal.")
@click.option("--log-contents", is_flag=True, default=None, help="Log inputs and answers too; off by default.")
def worker(concurrency: int | None, health_port: int | None, log_format: str | None, log_contents: bool | None) -> None:
    """Work on events until stopped: retrieve, ask the model, judge, publish.

    \b
    One worker:        untuned worker --concurrency 32
    More throughput:   start more of them, here or elsewhere; the group shares the partitions.
    Stop:              Ctrl-C or SIGTERM. What is in flight is finished within UNTUNED_GRACE seconds, the rest is
                       left to the other workers; nothing is lost. A second signal ends it at once.
    Supervise:         exit codes: 0 a signal stopped it; 1 Kafka, a topic or the registry was missing at its start;
                       2 wrong settings or definitions, do not restart; 70 it broke, or was stuck and its watchdog
                       ended it, restart it; 128 + n ended at once by a second signal n.

    A changed task (task.toml, prompts, schema, rules) is used from the next event on; a broken change is refused in
    the log and in /health, and the last good version stays.

    The log is one story per event, by its id; watch the queue with `untuned lag --watch`.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # until the worker runs and takes them: a container's first process gets no default
    from processor import worker as working

    working.run(
        config.load(concurrency=concurrency, health_port=health_port, log_format=log_format, log_contents=log_contents)
    )


def _end(*_: object) -> NoReturn:
    sys.exit(exit_codes.DONE)
