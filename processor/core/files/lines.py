"""The lines of a file read as events: JSON lines or CSV, each with its number or with what is wrong with it."""

from __future__ import annotations

import csv
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from processor.core import errors
from processor.core.files import intake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from processor.core.records import Event

Format = Literal["jsonl", "csv"]


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line, counted from 1. `cut`: it was longer than what is read of a line, and the rest is not here."""

    number: int
    text: bytes
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that is no event, and why, in words that follow "line 7: "; none of its contents."""

    line: int
    reason: str


def parse(kind: Format, lines: Iterable[Line], task: str) -> Iterator[tuple[int, Event | Bad]]:
    """Each event with the number of the line that it starts on. Blank lines are passed over.

    An event whose line gives no id has an empty one. A CSV file with a bad header ends at it.
    """
    return _rows(lines, task) if kind == "csv" else _objects(lines, task)


def _objects(lines: Iterable[Line], task: str) -> Iterator[tuple[int, Event | Bad]]:
    for line in lines:
        if not line.text or line.text.isspace():
            continue
        try:
            _refuse_cut(line.cut)
            yield line.number, intake.parse_json(line.text, task)
        except errors.UsageError as error:
            yield line.number, Bad(line.number, str(error))


def _rows(lines: Iterable[Line], task: str) -> Iterator[tuple[int, Event | Bad]]:
    cut: set[int] = set()
    text = _decoded(lines, cut)
    head = next(text, None)
    if head is None:
        return
    reader = csv.reader(itertools.chain([head], text), delimiter=_delimiter(head), strict=True)
    header, start = None, 1
    while header is None or header:
        try:
            row = next(reader, None)
            _refuse_cut(any(start <= number <= reader.line_num for number in cut))
            if row is None:
                return
            if header is None:
                header = intake.parse_header(row)
            elif row:
                yield start, intake.parse_row(header, row, task)
        except (csv.Error, errors.UsageError) as error:
            yield start, Bad(start, f"it is not CSV: {error}" if isinstance(error, csv.Error) else str(error))
            header = header or ()
        start = reader.line_num + 1


def _decoded(lines: Iterable[Line], cut: set[int]) -> Iterator[str]:
    for line in lines:
        if line.cut:
            cut.add(line.number)
        yield line.text.decode("utf-8", "surrogateescape")


def _delimiter(head: str) -> str:
    """Comma, or semicolon or tab where the header line has more of those."""
    return max((",", ";", "\t"), key=head.count)


def _refuse_cut(cut: bool) -> None:
    if cut:
        raise errors.UsageError("it is longer than any event may be")
