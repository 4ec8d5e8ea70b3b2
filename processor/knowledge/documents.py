"""Reading what a task knows: the documents in its knowledge folder, in pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core import errors
from processor.knowledge.formats import html, markdown, pdf, plain, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from processor.knowledge.piece import Piece

DOCUMENTS = "knowledge"

READERS: dict[str, Callable[[bytes, str], list[Piece]]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": plain.read,
    ".html": html.read,
    ".htm": html.read,
    ".pdf": pdf.read,
    ".csv": table.read_csv,
    ".tsv": table.read_csv,
    ".jsonl": table.read_jsonl,
}
"""What reads a document, by the end of its name."""

LARGEST = 64 * 1024 * 1024
"""Bytes of a document at the most."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the knowledge folder; `path` is relative to that folder, with `/` on every system."""

    path: str
    pieces: tuple[Piece, ...]


def read_documents(task: Path, shown: str) -> tuple[Document, ...]:
    """All documents of a task, in the order of their paths; files and folders that begin with a dot are left out.

    Args:
        task: the task's folder.
        shown: how messages name that folder, e.g. `tasks/ticket-triage`.

    Raises:
        DefinitionError: there is no folder or nothing in it, or a file is of no known format, too large, broken or
            without text; with the line where that is known.
    """
    folder = task / DOCUMENTS
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder)))
    if not files:
        known = ", ".join(READERS)
        raise errors.DefinitionError(f"{shown}/{DOCUMENTS}", f"no documents; put files there ({known})")
    return tuple(_read(file, file.relative_to(folder).as_posix(), shown) for file in files)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read(file: Path, name: str, shown: str) -> Document:
    path = f"{shown}/{DOCUMENTS}/{name}"
    read = READERS.get(file.suffix.lower())
    if read is None:
        raise errors.DefinitionError(path, f"of no known format; documents end in {', '.join(READERS)}")
    try:
        content = file.read_bytes() if file.stat().st_size <= LARGEST else None
    except OSError as error:
        raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
    if content is None:
        raise errors.DefinitionError(path, f"larger than {LARGEST // 1024**2} MB; split it")
    pieces = tuple(read(content, path))
    if not pieces:
        raise errors.DefinitionError(path, "holds no text (headings alone are none); write it or remove the file")
    return Document(name, pieces)
