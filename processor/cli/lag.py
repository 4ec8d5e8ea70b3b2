"""`untuned lag`."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

import click
import rich.live
import rich.table

from processor import config
from processor.cli import terminal
from processor.core.views import display, lags

if TYPE_CHECKING:
    from processor.adapters.lag import Lag
    from processor.core.views.lags import PartitionLag

EVERY = 2.0
"""Seconds between two looks with `--watch`."""


@click.command()
@click.option("--group", help="Consumer group; default: the workers' (UNTUNED_GROUP).")
@click.option("--watch", "-w", is_flag=True, help="Look again every two seconds, until Ctrl-C.")
@click.option("--wait", type=click.FloatRange(0), metavar="SECONDS", help="Wait until nothing waits; exit 1 if late.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with --watch one a line.")
def lag(group: str | None, watch: bool, wait: float | None, as_json: bool) -> None:
    """Show how far the workers are behind: waiting events, and the age of the oldest.

    As the broker has it, for each partition of the tasks and the retry topic. A group that never committed is behind
    by all that is there.

    \b
    Once:              untuned lag
    While they work:   untuned lag --watch
    In a script:       untuned lag --wait 120 && untuned results
    For a check:       untuned lag --json | jq .oldest_seconds
    """
    from processor.adapters import lag as adapter

    settings = config.load()
    topics = [settings.topic("tasks"), settings.topic("retry")]
    name = group or settings.group
    with adapter.Lag(settings, topics, name) as lagging, contextlib.suppress(KeyboardInterrupt):
        in_time = wait is None or _wait(lagging, wait)
        if as_json:
            _print_json(name, lagging, watch=watch)
        elif watch:
            _show_live(name, lagging)
        else:
            terminal.console().print(_table(name, lagging.read(), _now_ms()))
        if not in_time:
            sys.exit(1)


def _wait(lagging: Lag, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while any(partition.lag for partition in lagging.read()):
        if time.monotonic() >= end:
            return False
        time.sleep(min(EVERY, max(0.0, end - time.monotonic())))
    return True


def _print_json(group: str, lagging: Lag, *, watch: bool) -> None:
    terminal.emit(_fields(group, lagging.read(), _now_ms()))
    while watch:
        time.sleep(EVERY)
        terminal.emit(_fields(group, lagging.read(), _now_ms()))


def _show_live(group: str, lagging: Lag) -> None:
    with rich.live.Live(console=terminal.console(), auto_refresh=False) as live:
        while True:
            live.update(_table(group, lagging.read(), _now_ms()), refresh=True)
            time.sleep(EVERY)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _table(group: str, found: list[PartitionLag], now_ms: int) -> rich.table.Table:
    right = {"justify": "right"}
    columns = {"topic": {}, "partition": right, "end": right, "committed": right, "lag": right, "oldest": right}
    rows = [
        (
            lag.topic,
            str(lag.partition),
            f"{lag.end:,}",
            "never" if lag.committed is None else f"{lag.committed:,}",
            f"{lag.lag:,}",
            _age(lags.total([lag], now_ms)),
        )
        for lag in found
    ]
    for topic in dict.fromkeys(lag.topic for lag in found):
        total = lags.total((lag for lag in found if lag.topic == topic), now_ms)
        rows.append((topic, "all", "", "", f"{total.lag:,}", _age(total)))
    total = lags.total(found, now_ms)
    rows.append((f"group {display.safe(group)}", "", "", "", f"{total.lag:,}", _age(total)))
    caption = (
        f"{total.expired:,} events left the topics unread: they were older than the retention"
        if total.expired
        else None
    )
    return terminal.table(columns, rows, caption=caption)


def _age(total: lags.Total) -> str:
    return "" if total.oldest_age is None else display.duration(total.oldest_age)


def _fields(group: str, found: list[PartitionLag], now_ms: int) -> dict[str, object]:
    def summed(lagging: list[PartitionLag]) -> dict[str, object]:
        total = lags.total(lagging, now_ms)
        return {"lag": total.lag, "oldest_seconds": total.oldest_age, "expired": total.expired}

    return {
        "group": group,
        **summed(found),
        "topics": {
            topic: summed([lag for lag in found if lag.topic == topic])
            for topic in dict.fromkeys(lag.topic for lag in found)
        },
        "partitions": [
            {
                "topic": lag.topic,
                "partition": lag.partition,
                "end": lag.end,
                "committed": lag.committed,
                **summed([lag]),
            }
            for lag in found
        ],
    }
