"""Reading what a task knows: the documents in its knowledge folder and its labelled examples."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DOCUMENTS = "knowledge"
EXAMPLES = "examples.jsonl"
SUFFIXES = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the knowledge folder; `path` is relative to that folder, with `/` on every system."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled past message; `line` is counted from 1."""

    id: str
    input: Mapping[str, Any]
    answer: Mapping[str, Any]
    line: int


def read_documents(task: Path, shown: str) -> tuple[Document, ...]:
    """All documents of a task, in the order of their paths; files and folders that begin with a dot are left out.

    Args:
        task: the task's folder.
        shown: how messages name that folder, e.g. `tasks/ticket-triage`.

    Raises:
        DefinitionError: there is no folder or nothing in it, or a file is no Markdown, no UTF-8 or empty.
    """
    folder = task / DOCUMENTS
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder)))
    if not files:
        raise errors.DefinitionError(f"{shown}/{DOCUMENTS}", "no documents; put Markdown files (*.md) there")
    return tuple(_read_document(file, file.relative_to(folder).as_posix(), shown) for file in files)


def read_examples(task: Path, shown: str) -> tuple[Example, ...]:
    """All labelled examples of a task, in their order; arguments as in `read_documents`.

    Raises:
        DefinitionError: there is no file or no example in it, or a line that is none; with the line.
    """
    path = f"{shown}/{EXAMPLES}"
    file = task / EXAMPLES
    if not file.is_file():
        raise errors.DefinitionError(path, 'no such file; put one {"id": …, "input": {…}, "answer": {…}} a line there')
    examples = tuple(_parse_examples(_decode(file, path), path))
    if not examples:
        raise errors.DefinitionError(path, "no examples in it")
    return examples


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read_document(file: Path, name: str, shown: str) -> Document:
    path = f"{shown}/{DOCUMENTS}/{name}"
    if file.suffix.lower() not in SUFFIXES:
        raise errors.DefinitionError(path, "not Markdown; documents end in .md")
    text = _decode(file, path)
    if not text.strip():
        raise errors.DefinitionError(path, "the document is empty; write it or remove the file")
    return Document(name, text)


def _decode(file: Path, path: str) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise errors.DefinitionError(path, f"not UTF-8 ({error.reason})", line) from error


def _parse_examples(text: str, path: str) -> Iterator[Example]:
    lines: dict[str, int] = {}
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        example = _parse_example(content, path, line)
        if example.id in lines:
            raise errors.DefinitionError(path, f"the id {example.id!r} stands on line {lines[example.id]} too", line)
        lines[example.id] = line
        yield example


def _parse_example(content: str, path: str, line: int) -> Example:
    try:
        found = json.loads(content)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise errors.DefinitionError(path, "holds half of a surrogate pair (a \\u escape)", line) from error
    except (ValueError, RecursionError) as error:
        raise errors.DefinitionError(path, f"not JSON: {error}", line) from error
    if not isinstance(found, dict):
        raise errors.DefinitionError(path, "not a JSON object", line)
    name, given, answer = found.get("id"), found.get("input"), found.get("answer")
    if not isinstance(name, str) or not name:
        raise errors.DefinitionError(path, "`id` must be a string that is not empty", line)
    if not isinstance(given, dict) or not isinstance(answer, dict):
        raise errors.DefinitionError(path, "`input` and `answer` must be JSON objects", line)
    return Example(name, given, answer, line)
