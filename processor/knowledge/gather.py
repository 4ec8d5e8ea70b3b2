"""What a task's collections should hold, out of the files of its folder; all of it is read before any is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import collections, entry, errors, query
from processor.knowledge import chunk, documents
from processor.knowledge.load import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.core.task import Task


def gather(task: Task, root: Path, prefix: str) -> tuple[Wanted, ...]:
    """One `Wanted` for each kind of knowledge that the task retrieves, in the order of its [[retrieval]] tables.

    Args:
        task: its definition says which kinds, and by what text an example is found.
        root: the project's folder.
        prefix: of the collections' names.

    Raises:
        DefinitionError: the task retrieves nothing, or a file is missing or broken; with its line where that is known.
    """
    read = {"fact": _facts, "example": _examples}
    kinds = dict.fromkeys(retrieval.kind for retrieval in task.definition.retrieval)
    if not kinds:
        raise errors.DefinitionError(
            f"tasks/{task.name}/task.toml", "has no [[retrieval]], so there is nothing to load"
        )
    return tuple(
        Wanted(kind, collections.name(prefix, task.name, kind), tuple(read[kind](task, root / "tasks" / task.name)))
        for kind in kinds
    )


def _facts(task: Task, folder: Path) -> Iterator[entry.Entry]:
    shown = f"tasks/{task.name}"
    for document in documents.read_documents(folder, shown):
        chunks = chunk.split(document.path, document.text)
        if not chunks:
            path = f"{shown}/{documents.DOCUMENTS}/{document.path}"
            raise errors.DefinitionError(path, "the document holds headings but no text")
        for piece in chunks:
            yield entry.fact(piece.source, piece.position, piece.title, piece.text)


def _examples(task: Task, folder: Path) -> Iterator[entry.Entry]:
    tables = zip(task.definition.retrieval, task.queries, strict=True)
    template = next(template for retrieval, template in tables if retrieval.kind == "example")
    shown = f"tasks/{task.name}"
    for example in documents.read_examples(folder, shown):
        path = f"{shown}/{documents.EXAMPLES}"
        try:
            text = query.text(template, example.input)
        except errors.Refused as error:
            raise errors.DefinitionError(path, str(error), example.line) from error
        if not text:
            raise errors.DefinitionError(path, "the query in task.toml gives no text for this input", example.line)
        yield entry.example(documents.EXAMPLES, example.id, example.input, example.answer, text)
