"""What a task's collections should hold, out of the files of its folder; all of it is read before any is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.lookup import collections, entry, query
from processor.knowledge import documents, examples
from processor.knowledge.load import Wanted
from processor.knowledge.piece import VISIBLE_TO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.core.lookup.entry import Entry
    from processor.core.task import Task


def gather(task: Task, root: Path, prefix: str) -> tuple[Wanted, ...]:
    """One `Wanted` for each kind of knowledge that the task retrieves, in the order of its [[retrieval]] tables.

    Args:
        task: its definition says which kinds, and by what text an example is found.
        root: the project's folder.
        prefix: of the collections' names.

    Raises:
        DefinitionError: the task retrieves nothing, or what no file holds; or a file is missing or broken, or does not
            say who may see it where the task asks for that; with its line where that is known.
    """
    read = {"fact": _facts, "example": _examples}
    kinds = dict.fromkeys(retrieval.kind for retrieval in task.definition.retrieval)
    if not kinds:
        raise errors.DefinitionError(_definition(task), "has no [[retrieval]], so there is nothing to load")
    wanted = tuple(
        Wanted(kind, collections.name(prefix, task.name, kind), tuple(read[kind](task, root / "tasks" / task.name)))
        for kind in kinds
    )
    _check_retrievals(task, {each.kind: each.entries for each in wanted})
    return wanted


def _facts(task: Task, folder: Path) -> Iterator[Entry]:
    shown = f"tasks/{task.name}"
    for document in documents.read_documents(folder, shown):
        path = f"{shown}/{documents.DOCUMENTS}/{document.path}"
        for position, piece in enumerate(document.pieces):
            _check_visibility(task, piece.visible_to, path, piece.line)
            yield entry.fact(
                document.path,
                position,
                piece.title,
                piece.text,
                columns=piece.columns,
                visible_to=piece.visible_to,
            )


def _examples(task: Task, folder: Path) -> Iterator[Entry]:
    tables = zip(task.definition.retrieval, task.queries, strict=True)
    template = next(template for retrieval, template in tables if retrieval.kind == "example")
    shown = f"tasks/{task.name}"
    for each in examples.read_examples(folder, shown):
        path = f"{shown}/{each.file}"
        try:
            text = query.text(template, each.input)
        except errors.Refused as error:
            raise errors.DefinitionError(path, str(error), each.line) from error
        if not text:
            raise errors.DefinitionError(path, "the query in task.toml gives no text for this input", each.line)
        _check_visibility(task, each.visible_to, path, each.line)
        yield entry.example(each.file, each.id, each.input, each.answer, text, visible_to=each.visible_to)


def _check_visibility(task: Task, seen_by: tuple[str, ...], path: str, line: int | None) -> None:
    """Where a task restricts who sees what, silence must not mean everybody, nor nobody; elsewhere no one would ask."""
    if task.definition.visibility is None and seen_by:
        raise errors.DefinitionError(
            path, f"says `{VISIBLE_TO}`, but task.toml has no [visibility] to hold it to", line
        )
    if task.definition.visibility is not None and not seen_by:
        problem = f"does not say who may see it: `{VISIBLE_TO}` with values, or * for everybody ([visibility])"
        raise errors.DefinitionError(path, problem, line)


def _check_retrievals(task: Task, entries: dict[collections.Kind, tuple[Entry, ...]]) -> None:
    """A misspelt file or property would find nothing, for every event."""
    for retrieval in task.definition.retrieval:
        held = entries[retrieval.kind]
        for pattern in retrieval.files:
            if not any(collections.matches(each.source, [pattern]) for each in held):
                raise errors.DefinitionError(_definition(task), f"files: no document is {pattern!r}")
        searched = [each for each in held if not retrieval.files or collections.matches(each.source, retrieval.files)]
        for name in retrieval.filters:
            if not any(name in each.properties for each in searched):
                problem = f"filters: nothing that `{retrieval.name}` searches has the property {name!r}"
                raise errors.DefinitionError(_definition(task), problem)


def _definition(task: Task) -> str:
    return f"tasks/{task.name}/task.toml"
