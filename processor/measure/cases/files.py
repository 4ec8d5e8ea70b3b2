"""Files of cases, JSON lines or CSV. See docs/cases.md for what they hold."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processor.adapters import event_file
from processor.checking import labelled
from processor.core import errors
from processor.core.files import intake, lines
from processor.core.files.lines import Bad, Line
from processor.core.wire import strict_json
from processor.measure.cases import labels
from processor.measure.cases.values import Found
from processor.measure.records import Case, Exclusion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.files.lines import Format
    from processor.core.records import Event
    from processor.core.task import Task

UNREADABLE = "unreadable"
"""Why a line that holds no case is excluded."""

Parsed = tuple[int, "tuple[Event, dict[str, Any]] | Bad"]
"""The number of a line, and the event with what is said of it, or what is wrong with the line."""


def default(root: Path, task: str) -> Path:
    """The task's own file of cases."""
    return root / "tasks" / task / labelled.CASES


def read(
    path: Path | str, task: Task, *, root: Path | None = None, kind: Format | None = None, lenient: bool = False
) -> Found:
    """All cases of a file. One without an id gets one from its contents.

    Args:
        path: of the file.
        task: what the cases are for.
        root: the project's folder, which paths in it are shown from.
        kind: the format; None tells it by the file's name.
        lenient: a bad line is an exclusion instead of an error, unless no line is good.

    Raises:
        UsageError: the file cannot be read, or its name does not tell the format.
        DefinitionError: a line holds no case, or has the id of another; with its line.
    """
    shown = _shown(Path(path), root)
    cases, bad = [], []
    for line, found in _parse(kind or event_file.format_of(str(path)), _content(Path(path), shown), task):
        if isinstance(found, Bad):
            bad.append(found)
            if not lenient:
                break
        else:
            event, said = found
            cases.append(Case(event=event, source=f"{shown}:{line}", **said))
    if bad and not (lenient and cases):
        raise errors.DefinitionError(shown, bad[0].reason, bad[0].line)
    return Found(tuple(cases), tuple(Exclusion("", f"{shown}:{each.line}", UNREADABLE) for each in bad))


def _parse(kind: Format, content: bytes, task: Task) -> Iterator[Parsed]:
    parsed = _rows(content, task) if kind == "csv" else _objects(content, task)
    ids: dict[str, int] = {}
    times: Counter[bytes] = Counter()
    for line, found in parsed:
        if isinstance(found, Bad):
            yield line, found
            continue
        event, said = found
        times[intake.digest(event)] += 1
        event = intake.named(event, times[intake.digest(event)])
        if event.id in ids:
            yield line, Bad(line, f"it has the same id as line {ids[event.id]}")
            continue
        ids[event.id] = line
        yield line, (event, {**said, "group": said.get("group") or labels.group_of(task, event)})


def _objects(content: bytes, task: Task) -> Iterator[Parsed]:
    for line in _lines(content):
        if not line.text.strip():
            continue
        try:
            event = intake.parse_json(line.text, task.name)
            fields = strict_json.loads(line.text)
            if "input" not in fields:
                raise errors.UsageError("it has no `input`")  # noqa: TRY301 - as its neighbours
            yield line.number, (event, labels.parse(fields))
        except errors.UsageError as error:
            yield line.number, Bad(line.number, str(error))


def _rows(content: bytes, task: Task) -> Iterator[Parsed]:
    csv.field_size_limit(event_file.LINE_LIMIT)  # of the whole process; the default is less than an event may have
    for number, found in lines.parse("csv", _lines(content), task.name):
        if isinstance(found, Bad):
            yield number, found
            continue
        cells = {name: cell for name, cell in found.input.items() if _is_label(name)}
        given = {name: cell for name, cell in found.input.items() if name not in cells}
        try:
            if not given:
                raise errors.UsageError("the header has no column for the input")  # noqa: TRY301 - as its neighbours
            event = dataclasses.replace(found, input=given)
            yield number, (event, {"expected": labels.from_cells(task, cells)})
        except errors.UsageError as error:
            yield number, Bad(number, str(error))


def _is_label(column: str) -> bool:
    return column == labels.EXPECTED or column.startswith(labels.COLUMN)


def _lines(content: bytes) -> Iterator[Line]:
    for number, text in enumerate(io.BytesIO(content), start=1):
        yield Line(number, text)


def _content(path: Path, shown: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise errors.UsageError(f"{shown} cannot be read: {error.strerror}") from error
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise errors.UsageError(f"{shown} is UTF-16: save it as UTF-8")
    return content.removeprefix(b"\xef\xbb\xbf")


def _shown(path: Path, root: Path | None) -> str:
    if root is not None and path.resolve().is_relative_to(root.resolve()):
        return path.resolve().relative_to(root.resolve()).as_posix()
    return str(path)
