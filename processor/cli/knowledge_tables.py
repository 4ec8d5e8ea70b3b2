"""What the knowledge verbs print: tables for people, and the values of their JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from processor.cli import terminal
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.core.records import Passage
    from processor.knowledge.explain import Explained
    from processor.knowledge.load import Loaded
    from processor.knowledge.remove import Removed
    from processor.knowledge.session import Change
    from processor.knowledge.shelf import Shelved

NOUNS = {"fact": "document parts", "example": "examples"}
COUNTS = ("added", "replaced", "deleted", "unchanged")
NOT_READY = (
    "Keyword search does not find all of it yet: Weaviate needs up to a minute after a bulk load. Vector search does. "
    "The same command again costs nothing and says when it is right."
)
CHANGES_SHOWN = 20
"""Of each kind of change to each collection, in the table; JSON has all."""

_NUMBER = {"justify": "right"}
_FOLD = {"overflow": "fold"}


def loaded(done: Sequence[Loaded], seconds: float) -> None:
    """What a load did."""
    columns: dict[str, dict[str, Any]] = {"knowledge": {}, **dict.fromkeys(COUNTS, _NUMBER), "collection": {}}
    rows = ((NOUNS[each.kind], *(f"{getattr(each, name):,}" for name in COUNTS), each.collection) for each in done)
    terminal.console().print(terminal.table(columns, rows))
    click.echo(f"done in {display.duration(seconds)}")
    if not all(each.keyword_ready for each in done):
        click.echo(NOT_READY)


def document(shelved: Shelved) -> dict[str, Any]:
    """A stored document as JSON."""
    chunks = [{"id": kept.id, "content_hash": kept.content_hash} for kept in shelved.chunks]
    return {**asdict(shelved), "loaded_at": shelved.loaded_at.isoformat(), "chunks": chunks}


def stored(documents: Sequence[Shelved]) -> None:
    """What is stored."""
    columns: dict[str, dict[str, Any]] = {"kind": {}, "source": _FOLD, "chunks": _NUMBER, "version": {}, "loaded": {}}
    rows = (
        (
            each.kind,
            display.short(each.source, 80),
            f"{len(each.chunks):,}",
            each.version,
            each.loaded_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        )
        for each in documents
    )
    terminal.console().print(terminal.table(columns, rows) if documents else "nothing is stored")


def passage(why: Explained) -> dict[str, Any]:
    """A found passage, and why, as JSON."""
    return {**asdict(why.passage), "vector": why.vector, "keyword": why.keyword, "words": why.words}


def found(passages: Sequence[Explained]) -> None:
    """What was found."""
    numbers = dict.fromkeys(("score", "vector", "keyword"), _NUMBER)
    columns: dict[str, dict[str, Any]] = {"retrieval": {}, **numbers, "passage": _FOLD, "text": _FOLD, "words": _FOLD}
    rows = (
        (
            each.passage.retrieval,
            *(_score(score) for score in (each.passage.score, each.vector, each.keyword)),
            display.short(each.passage.id, 60),
            _text(each.passage),
            display.short(" ".join(each.words), 120),
        )
        for each in passages
    )
    terminal.console().print(terminal.table(columns, rows) if passages else "nothing found")


def change(of: Change) -> dict[str, Any]:
    """What a load would do to a collection, as JSON."""
    plan = of.plan
    ids = {"add": [each.id for each in plan.add], "replace": [each.id for each in plan.replace]}
    return {
        "kind": of.kind,
        "collection": of.collection,
        **ids,
        "delete": list(plan.delete),
        "unchanged": plan.unchanged,
    }


def changes(all_of_them: Sequence[Change]) -> None:
    """What a load would do."""
    for each in all_of_them:
        told = change(each)
        counts = ", ".join(f"{len(told[name]):,} to {name}" for name in ("add", "replace", "delete"))
        click.echo(f"{NOUNS[each.kind]}: {counts}, {each.plan.unchanged:,} unchanged")
        for sign, name in (("+", "add"), ("~", "replace"), ("-", "delete")):
            for passage_id in told[name][:CHANGES_SHOWN]:
                click.echo(f"  {sign} {display.short(passage_id, 120)}")
            if len(told[name]) > CHANGES_SHOWN:
                click.echo(f"  {sign} … and {len(told[name]) - CHANGES_SHOWN:,} more (--json has all)")


def deleted(done: Sequence[Removed], *, dry_run: bool) -> None:
    """What was deleted."""
    verb = "would delete" if dry_run else "deleted"
    for each in done:
        what = f"collection {each.collection} with" if each.whole else f"from {each.collection}"
        click.echo(f"{verb} {what} {each.entries:,} {NOUNS[each.kind]}:")
        for source in each.sources:
            click.echo(f"  - {display.short(source, 120)}")


def _score(score: float | None) -> str:
    return "–" if score is None else f"{score:.3f}"


def _text(of: Passage) -> str:
    return display.short(" · ".join(part for part in (of.title, of.text, of.answer) if part), 300)
