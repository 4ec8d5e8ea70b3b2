"""`untuned knowledge`: what a task retrieves from."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
import rich.console
import rich.markup
import rich.progress
import rich.table

from processor import config
from processor.core import display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from processor.core.records import Passage
    from processor.knowledge.load import Loaded

NOUNS = {"fact": "documents", "example": "examples"}
NOT_READY = (
    "Keyword search does not find all of it yet: Weaviate needs up to a minute after a bulk load. Vector search does. "
    "The same command again costs nothing and says when it is right."
)


@click.group()
def knowledge() -> None:
    """What a task retrieves from: its documents and labelled examples, kept in Weaviate."""


@knowledge.command()
@click.argument("task")
@click.option("--rebuild", is_flag=True, help="Make the collections anew, e.g. for another embedding model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def load(task: str, rebuild: bool, as_json: bool) -> None:
    """Load tasks/TASK/knowledge/*.md and tasks/TASK/examples.jsonl, as far as the task retrieves them.

    \b
    First, and after every change:  untuned knowledge load ticket-triage
    After a new embedding model:    untuned knowledge load ticket-triage --rebuild

    Only what changed is embedded and replaced; what is no longer in the files is deleted. All files are checked
    before anything is written, and a broken one is reported with its line.
    """
    from processor.knowledge import session

    started = time.monotonic()
    with _progress() as progress:
        done = asyncio.run(session.load(config.load(), task, progress, rebuild=rebuild))
    seconds = round(time.monotonic() - started, 3)
    if as_json:
        counts = {each.kind: {k: v for k, v in asdict(each).items() if k != "kind"} for each in done}
        click.echo(json.dumps({"task": task, "seconds": seconds, **counts}))
    else:
        _print_loaded(done, seconds)


@knowledge.command()
@click.argument("task")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def search(task: str, text: str, as_json: bool) -> None:
    """Show what TASK retrieves for TEXT, with scores, as the worker would for an event with that text.

    \b
    untuned knowledge search ticket-triage "my parcel came broken"

    Scores compare within one query only: cosine similarity for alpha 1, BM25 for alpha 0, in between a fusion of
    both in which 1.0 is the best.
    """
    from processor.knowledge import session

    found = asyncio.run(session.search(config.load(), task, text))
    if as_json:
        passages = [asdict(passage) for passage in found]
        click.echo(display.safe_json(json.dumps({"task": task, "passages": passages}, ensure_ascii=False)))
    else:
        _print_found(found)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each kind on stderr; without a terminal a plain line at its end."""
    console = rich.console.Console(stderr=True)
    columns = (*rich.progress.Progress.get_default_columns(), rich.progress.MofNCompleteColumn())
    with rich.progress.Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        shown: dict[str, rich.progress.TaskID] = {}

        def progress(kind: str, done: int, total: int) -> None:
            if kind not in shown:
                shown[kind] = bars.add_task(NOUNS[kind], total=total)
            bars.update(shown[kind], completed=done)
            if done == total and total and not console.is_terminal:
                click.echo(f"{NOUNS[kind]}: {done} of {total} embedded and stored", err=True)

        yield progress


def _print_loaded(done: Sequence[Loaded], seconds: float) -> None:
    table = rich.table.Table("knowledge", "added", "replaced", "deleted", "unchanged", "collection", box=None)
    for each in done:
        counts = (each.added, each.replaced, each.deleted, each.unchanged)
        table.add_row(NOUNS[each.kind], *map(str, counts), each.collection)
    console = rich.console.Console()
    console.print(table)
    console.print(display.duration(seconds))
    if not all(each.keyword_ready for each in done):
        console.print(NOT_READY, soft_wrap=True)


def _print_found(found: Sequence[Passage]) -> None:
    table = rich.table.Table("kind", "score", "passage", "text", box=None)
    for passage in found:
        text = " · ".join(part for part in (passage.title, passage.text, passage.answer) if part)
        cells = (display.short(passage.id, 60), display.short(text, 400))
        table.add_row(passage.kind, f"{passage.score:.3f}", *map(rich.markup.escape, cells))
    rich.console.Console().print(table if found else "nothing found")
