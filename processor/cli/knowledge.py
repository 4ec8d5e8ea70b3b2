"""`untuned knowledge`: what a task retrieves from."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

import click

from processor import config
from processor.cli import knowledge_tables, terminal
from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.config import Settings
    from processor.core.records import Event

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def knowledge() -> None:
    """What a task retrieves from: its documents and labelled examples, kept in Weaviate."""


@knowledge.command()
@click.argument("task")
@click.option("--rebuild", is_flag=True, help="Make the collections anew, e.g. for another embedding model.")
@click.option("--watch", "-w", is_flag=True, help="Load again whenever the files change, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with --watch one a line.")
def load(task: str, rebuild: bool, watch: bool, as_json: bool) -> None:
    """Load tasks/TASK/knowledge/ and tasks/TASK/examples*.jsonl, as far as the task retrieves them.

    \b
    First, and after every change:  untuned knowledge load ticket-triage
    While you write:                untuned knowledge load ticket-triage --watch
    After a new embedding model:    untuned knowledge load ticket-triage --rebuild

    Documents are Markdown, text, HTML, PDF, CSV or JSONL. Only what changed is embedded and replaced; what is no
    longer in the files is deleted. All files are checked before anything is written, and a broken one is reported with
    its line; --watch then waits until it is mended. Running workers use the change from the next event on.
    """
    settings = config.load()
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_load_on_changes(settings, task, rebuild, as_json))
    else:
        asyncio.run(_load(settings, task, rebuild, as_json))


async def _load(settings: Settings, task: str, rebuild: bool, as_json: bool) -> None:
    from processor.knowledge import session

    started = time.monotonic()
    with _progress() as progress:
        done = await session.load(settings, task, progress, rebuild=rebuild)
    seconds = round(time.monotonic() - started, 3)
    if as_json:
        terminal.emit({"task": task, "seconds": seconds, "knowledge": [asdict(each) for each in done]})
    else:
        knowledge_tables.loaded(done, seconds)


async def _load_on_changes(settings: Settings, task: str, rebuild: bool, as_json: bool) -> None:
    from processor.adapters import project
    from processor.knowledge import watch

    async for _ in watch.changes(functools.partial(project.Project(settings.project).knowledge_stamp, task)):
        try:
            await _load(settings, task, rebuild, as_json)
            rebuild = False
        except errors.DefinitionError as broken:
            click.echo(f"untuned: {broken}", err=True)


@knowledge.command("list")
@click.argument("task")
@JSON
def list_(task: str, as_json: bool) -> None:
    """Show what is stored for TASK: each document with its chunks, its version and when it was loaded."""
    from processor.knowledge import session

    found = asyncio.run(session.stored(config.load(), task))
    if as_json:
        documents = [knowledge_tables.document(each) for each in found]
        terminal.emit({"task": task, "documents": documents})
    else:
        knowledge_tables.stored(found)


@knowledge.command()
@click.argument("task")
@click.argument("text", required=False)
@click.option("--event", "event_file", type=click.File("rb"), help="JSON file of an event, as the worker gets it.")
@JSON
def search(task: str, text: str | None, event_file: IO[bytes] | None, as_json: bool) -> None:
    """Show what TASK retrieves for TEXT or for an event, with scores and why.

    \b
    untuned knowledge search ticket-triage "my parcel came broken"
    untuned knowledge search ticket-routing --event event.json

    For an event it is what the worker would retrieve: its filters and what it may see hold. TEXT stands in for the
    query of every [[retrieval]] table, without filters, among what everybody may see.

    The score ranks, and compares within one query only: cosine similarity for alpha 1, BM25 for alpha 0, in between a
    fusion of both in which 1.0 is the best. Beside it stand both scores alone, and the words that both texts have.
    """
    from processor.knowledge import session

    if (text is None) == (event_file is None):
        raise click.UsageError("give either TEXT or --event FILE")
    settings = config.load()
    given = _event(event_file, task) if event_file else None
    found = asyncio.run(session.search_for(settings, given) if given else session.search(settings, task, text or ""))
    if as_json:
        terminal.emit({"task": task, "passages": [knowledge_tables.passage(each) for each in found]})
    else:
        knowledge_tables.found(found)


@knowledge.command()
@click.argument("task")
@JSON
def diff(task: str, as_json: bool) -> None:
    """Show what `knowledge load TASK` would do; nothing is embedded or written."""
    from processor.knowledge import session

    changes = asyncio.run(session.diff(config.load(), task))
    if as_json:
        terminal.emit({"task": task, "knowledge": [knowledge_tables.change(each) for each in changes]})
    else:
        knowledge_tables.changes(changes)


@knowledge.command()
@click.argument("task")
@click.option("--source", "sources", multiple=True, help="Only this document; * and ? as in task.toml. Repeatable.")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@JSON
def delete(task: str, sources: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Delete what is stored for TASK, or only some of its documents. Files are not touched.

    \b
    untuned knowledge delete ticket-triage --source "old/*" --dry-run

    Without --source the collections themselves go: workers then wait until the task is loaded again. A document whose
    file still is in the folder comes back with the next load.
    """
    from processor.knowledge import session

    done = asyncio.run(session.delete(config.load(), task, sources, dry_run=dry_run))
    if as_json:
        terminal.emit({"task": task, "dry_run": dry_run, "deleted": [asdict(each) for each in done]})
    else:
        knowledge_tables.deleted(done, dry_run=dry_run)


def _event(file: IO[bytes], task: str) -> Event:
    """The event in a file; one without `id` or `task`, as in demo.jsonl, is one of this task."""
    from processor.core.wire import incoming, strict_json

    try:
        record = strict_json.loads(file.read())
        if isinstance(record, dict):
            record = {"id": "search", "task": task, **record}
        found = incoming.event(record)
    except ValueError as error:
        raise errors.UsageError(f"{file.name} holds no event: {error}") from error
    if found.task != task:
        raise errors.UsageError(f"{file.name} holds an event of {found.task}, not of {task}")
    return found


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """One bar after the other, for each kind of knowledge."""
    with contextlib.ExitStack() as bars:
        move: dict[str, Callable[[int], None]] = {}

        def progress(kind: str, done: int, total: int) -> None:
            if kind not in move:
                bars.close()
                move[kind] = bars.enter_context(terminal.progress(knowledge_tables.NOUNS[kind], total))
            move[kind](done)

        yield progress
