"""Tables: each row of a CSV file, each object of a JSONL file, is one piece: `column: value; column: value`."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.wire import strict_json
from processor.knowledge.formats import decode
from processor.knowledge.piece import VISIBLE_TO, Piece, visible_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DELIMITERS = (",", ";", "\t")


def read_csv(content: bytes, path: str) -> list[Piece]:
    """The rows below the header row; empty ones are left out. The delimiter is the one that the header has most of.

    Raises:
        DefinitionError: it is not UTF-8 or no CSV, a column has no name or another's, or a row has too many or too few
            fields; with the line.
    """
    text = decode.text(content, path)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        _check(names, path)
        return [piece for cells in reader if any(cells) for piece in (_row(names, cells, path, reader.line_num),)]
    except csv.Error as error:
        raise errors.DefinitionError(path, f"no CSV: {error}", reader.line_num) from error


def read_jsonl(content: bytes, path: str) -> list[Piece]:
    """One JSON object a line; empty lines are left out. Values that are no texts stand as JSON.

    Raises:
        DefinitionError: it is not UTF-8, or a line is no JSON object or an empty one; with the line.
    """
    return list(_objects(decode.text(content, path), path))


def _check(names: list[str], path: str) -> None:
    if not all(names):
        raise errors.DefinitionError(path, "a column has no name; the first row names the columns", 1)
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise errors.DefinitionError(path, f"two columns are named {twice!r}", 1)


def _row(names: list[str], cells: list[str], path: str, line: int) -> Piece:
    if len(cells) != len(names):
        raise errors.DefinitionError(path, f"the row has {len(cells)} fields, the header {len(names)}", line)
    return _piece(dict(zip(names, cells, strict=True)), path, line)


def _objects(text: str, path: str) -> Iterator[Piece]:
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            found = strict_json.loads(content)
        except ValueError as error:
            raise errors.DefinitionError(path, f"not JSON: {error}", line) from error
        if not isinstance(found, dict) or not found:
            raise errors.DefinitionError(path, "not a JSON object with values", line)
        yield _piece(found, path, line)


def _piece(values: Mapping[str, Any], path: str, line: int) -> Piece:
    try:
        seen_by = visible_to(values.get(VISIBLE_TO, ()))
    except ValueError as error:
        raise errors.DefinitionError(path, str(error), line) from error
    columns = {name: _text(value) for name, value in values.items() if name != VISIBLE_TO}
    text = "; ".join(f"{name}: {value}" for name, value in columns.items() if value)
    if not text:
        raise errors.DefinitionError(path, "the row holds nothing", line)
    return Piece("", text, columns, seen_by, line)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return " ".join((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).split())
