"""`untuned cases`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from processor import config
from processor.cli import measuring, terminal
from processor.core import errors
from processor.core.views import display, since

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.config import Settings
    from processor.core.task import Task
    from processor.measure.cases import Found
    from processor.measure.records import Exclusion

STANDARD_OUTPUT = "-"


@click.command()
@click.argument("task")
@click.option("--days", type=click.FloatRange(0, min_open=True), help="Only what was decided in the last days.")
@click.option("--since", "since_text", metavar="TIME", help="Only since then: 90s, 15m, 1h, 2d or an RFC 3339 time.")
@click.option("--out", default=STANDARD_OUTPUT, metavar="FILE", help="Where to; default: standard output.")
@click.option("--append", is_flag=True, help="Add to the file what it does not hold yet.")
@click.option("--agreed", is_flag=True, help="Only what two reviewers agree on.")
@click.option("--examples", "as_examples", is_flag=True, help="Into tasks/TASK/examples.decided.jsonl, for retrieval.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
def cases(
    task: str,
    days: float | None,
    since_text: str | None,
    out: str,
    append: bool,
    agreed: bool,
    as_examples: bool,
    as_json: bool,
) -> None:
    """Write what people decided as labelled cases, to measure on; or as examples, which the next event retrieves.

    \b
    To look at them:             untuned cases ticket-triage --days 7
    To measure on:               untuned cases ticket-triage --out tasks/ticket-triage/cases.jsonl --append
    To help the next event:      untuned cases ticket-triage --examples && untuned knowledge load ticket-triage

    One event is one case, however often it was decided; who labelled it and what else was said is in it. What is
    measured on is never retrieved: an event goes to the cases or to the examples, whichever comes first. With
    [cases] redact in task.toml its function goes over every text. What is left out is counted by its reason. Files
    are written whole or not at all, and readable by you alone. See docs/cases.md.
    """
    from processor.adapters import project

    _check(out, append=append, as_examples=as_examples, as_json=as_json)
    settings = config.load()
    found = project.Project(settings.project).load(task)
    decided, _ = measuring.decided_since(settings, found, _start(days, since_text))
    if as_examples:
        told = _examples(settings, found, decided, agreed=agreed)
    else:
        told = _cases(settings, found, decided, out, append=append, agreed=agreed)
    if as_json:
        terminal.emit(told)
    else:
        click.echo(display.safe(_sentence(told)), err=True)


def _check(out: str, *, append: bool, as_examples: bool, as_json: bool) -> None:
    if as_examples and (append or out != STANDARD_OUTPUT):
        raise errors.UsageError("--examples has its file, and always adds to it: leave out --out and --append")
    if append and out == STANDARD_OUTPUT:
        raise errors.UsageError("--append needs --out FILE")
    if as_json and out == STANDARD_OUTPUT and not as_examples:
        raise errors.UsageError("--json prints the counts: say --out FILE for the cases, which are JSON lines anyway")


def _start(days: float | None, since_text: str | None) -> datetime:
    now = datetime.now(UTC)
    if days is not None and since_text is not None:
        raise errors.UsageError("--days and --since say the same: leave one out")
    if since_text is not None:
        return since.parse(since_text, now.astimezone())
    return datetime.fromtimestamp(0, UTC) if days is None else now - timedelta(days=days)


def _cases(settings: Settings, task: Task, found: Found, out: str, *, append: bool, agreed: bool) -> dict[str, Any]:
    from processor.checking import labelled
    from processor.measure.cases import files, kept, labels, writing

    path = Path(out)
    before = writing.content(path) if append else b""
    held = files.read(path, task, root=settings.project, kind="jsonl").cases if before.strip() else ()
    chosen = kept.cases(task, found, labelled.read(settings.project, task.name), held, agreed=agreed)
    lines = [labels.line(case) for case in chosen.cases]
    if out == STANDARD_OUTPUT:
        for line in lines:
            click.echo(line)
    elif lines or not append:
        writing.write(path, lines, before)
    return {
        "task": task.name,
        "file": out,
        "cases": len(lines),
        "left_out": _counted(chosen.exclusions),
        "undecided": found.unlabelled,
    }


def _examples(settings: Settings, task: Task, found: Found, *, agreed: bool) -> dict[str, Any]:
    from processor.measure.cases import decided_examples

    made, chosen = decided_examples.update(settings.project, task, found, agreed=agreed)
    return {
        "task": task.name,
        "file": decided_examples.place(task),
        "examples": len(made.lines),
        "added": made.added,
        "replaced": made.replaced,
        "withdrawn": made.withdrawn,
        "left_out": _counted(chosen.exclusions),
        "undecided": found.unlabelled,
    }


def _counted(exclusions: Iterable[Exclusion]) -> dict[str, int]:
    return dict(Counter(each.why for each in exclusions).most_common())


def _sentence(told: dict[str, Any]) -> str:
    left = ", ".join(f"{count:,} {why}" for why, count in told["left_out"].items()) or "nothing"
    rest = f"left out: {left}; {told['undecided']:,} results that nobody decided"
    if "examples" not in told:
        where = "" if told["file"] == STANDARD_OUTPUT else f" written to {told['file']}"
        return f"{told['cases']:,} cases{where}; {rest}"
    news = f"{told['added']:,} new, {told['replaced']:,} decided anew, {told['withdrawn']:,} withdrawn"
    changes = any(told[name] for name in ("added", "replaced", "withdrawn"))
    hint = f"\nuntuned knowledge load {told['task']}  # until then events find what was there before"
    return f"{told['examples']:,} examples in {told['file']}, {news}; {rest}{hint if changes else ''}"
