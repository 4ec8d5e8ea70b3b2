"""What `untuned replay` prints."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import click

from processor.cli import terminal
from processor.core import errors
from processor.core.replay import summary
from processor.core.replay.choice import LeftOut
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.replay.choice import Choice, Wish
    from processor.replaying.topics import Topics

IDS_SHOWN = 5
"""Events that are named on a terminal."""

IDS_GIVEN = 100
"""Events that `--json` names."""

CUT = 48
"""Characters of an id or a reason that are shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What `--json` prints.

    Attributes:
        source: the full name of the topic that was chosen from.
        target: the full name of the topic that is sent to.
        events: how many were chosen.
        groups: of them, by task and reason.
        ids: of the first of them.
        cap: the replays that an event may have.
        left_out: how many were not chosen, by why.
        dry_run: nothing was to be sent.
        confirmed: how many Kafka has.
        fell_short: how many were chosen and could not be sent, by why.
        seconds: that the sending took.
        error: why it ended early.
    """

    source: str
    target: str
    events: int
    groups: list[dict[str, Any]]
    ids: list[str]
    cap: int
    left_out: Mapping[LeftOut, int]
    dry_run: bool
    confirmed: int = 0
    fell_short: Mapping[LeftOut, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None


def build(topics: Topics, chosen: Choice, wish: Wish, *, dry_run: bool) -> Report:
    """The report before anything is sent."""
    return Report(
        source=topics.chosen_from,
        target=topics.target,
        events=len(chosen.chosen),
        groups=[dataclasses.asdict(group) for group in summary.groups(chosen.chosen)],
        ids=[item.name for item in chosen.chosen[:IDS_GIVEN]],
        cap=wish.cap,
        left_out=chosen.left_out,
        dry_run=dry_run,
    )


def show(report: Report) -> None:
    """What is chosen, and what is left out."""
    if report.events:
        columns: dict[str, dict[str, Any]] = {"task": {}, "reason": {}}
        columns |= {name: {"justify": "right"} for name in ("events", "oldest", "newest")}
        terminal.console().print(terminal.table(columns, [_cells(group) for group in report.groups]))
        more = ", …" if report.events > IDS_SHOWN else ""
        click.echo("the first: " + ", ".join(display.short(name, CUT) for name in report.ids[:IDS_SHOWN]) + more)
    for why, count in report.left_out.items():
        click.echo(f"left out: {count:,} {_why(report, why)}", err=True)


def tell(report: Report, *, as_json: bool) -> None:
    """How it ended.

    Raises:
        UntunedError: not all that was chosen is sent.
    """
    if as_json:
        terminal.emit(dataclasses.asdict(report))
    elif not report.events:
        click.echo(f"nothing on {report.source} that fits", err=True)
    elif report.dry_run:
        click.echo(f"{report.events:,} events would be sent to {report.target}")
    else:
        click.echo(f"{report.confirmed:,} events sent and confirmed in {report.seconds:.1f} s: {report.target}")
    if report.error is not None:
        raise errors.UntunedError(
            f"{report.confirmed:,} of {report.events:,} events are confirmed; call it again for the others. "
            f"{report.error}"
        )
    if report.fell_short:
        short = ", ".join(f"{count:,} {_why(report, why)}" for why, count in report.fell_short.items())
        raise errors.UntunedError(f"not sent: {short}")


def _cells(group: Mapping[str, Any]) -> tuple[str, ...]:
    now = time.time() * 1000
    return (
        display.short(group["task"], CUT) or "-",
        display.short(group["reason"], CUT) or "-",
        f"{group['events']:,}",
        *(display.duration((now - group[name]) / 1000) for name in ("oldest_ms", "newest_ms")),
    )


def _why(report: Report, why: LeftOut) -> str:
    return {
        LeftOut.PASSED: "audits: they passed (--reason audit sends them all the same)",
        LeftOut.ANSWERED: "answered by now",
        LeftOut.DECIDED: "decided by a person",
        LeftOut.WAITING: "not done yet: the workers will",
        LeftOut.CAPPED: f"replayed {report.cap} times already (--cap)",
        LeftOut.EXPIRED: "no longer on its topic",
        LeftOut.LIMITED: "beyond --limit",
        LeftOut.TOO_LARGE: f"too large for one message on {report.target}",
        LeftOut.UNREADABLE: f"on {report.source} without an event that can be read",
    }[why]
