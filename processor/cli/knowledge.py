"""`untuned knowledge`: what a task retrieves from."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from processor import config
from processor.cli import terminal
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from processor.core.records import Passage
    from processor.knowledge.load import Loaded

NOUNS = {"fact": "document parts", "example": "examples"}
COUNTS = ("added", "replaced", "deleted", "unchanged")
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
        terminal.emit({"task": task, "seconds": seconds, "knowledge": [asdict(each) for each in done]})
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
        terminal.emit({"task": task, "passages": [asdict(passage) for passage in found]})
    else:
        _print_found(found)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """One bar after the other, for each kind of knowledge."""
    with contextlib.ExitStack() as bars:
        move: dict[str, Callable[[int], None]] = {}

        def progress(kind: str, done: int, total: int) -> None:
            if kind not in move:
                bars.close()
                move[kind] = bars.enter_context(terminal.progress(NOUNS[kind], total))
            move[kind](done)

        yield progress


def _print_loaded(done: Sequence[Loaded], seconds: float) -> None:
    number = {"justify": "right"}
    columns = {"knowledge": {}, **dict.fromkeys(COUNTS, number), "collection": {}}
    rows = ((NOUNS[each.kind], *(f"{getattr(each, name):,}" for name in COUNTS), each.collection) for each in done)
    terminal.console().print(terminal.table(columns, rows))
    click.echo(f"done in {display.duration(seconds)}")
    if not all(each.keyword_ready for each in done):
        click.echo(NOT_READY)


def _print_found(found: Sequence[Passage]) -> None:
    columns = {"kind": {}, "score": {"justify": "right"}, "passage": {"overflow": "fold"}, "text": {"overflow": "fold"}}
    rows = ((each.kind, f"{each.score:.3f}", display.short(each.id, 60), _shown(each)) for each in found)
    terminal.console().print(terminal.table(columns, rows) if found else "nothing found")


def _shown(passage: Passage) -> str:
    return display.short(" · ".join(part for part in (passage.title, passage.text, passage.answer) if part), 400)
