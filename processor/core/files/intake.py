"""From a line of a user's file to an event.

A line of a JSONL file is an event or a plain record. It is an event where it has `input`; of its other fields `id`,
`task`, `created_at` and `attributes` count, and all others, such as `expected` or `note`, are left out. In a plain
record, and in a row of a CSV file, `id`, `created_at` and `attributes` (in CSV: columns `attributes.NAME`) belong to
the event, and everything else is the input.

An event without an id gets one from its contents and from how often the same contents stood in the file before, so
that sending the same file twice is the same work, and two equal lines in it are two.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.wire import incoming, plain, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from processor.core.records import Event

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:untuned:event")


def parse_json(line: bytes, task: str) -> Event:
    """An event from a line of a JSONL file; its id is empty where the line has none.

    Raises:
        UsageError: what is wrong with the line; none of its contents.
    """
    try:
        fields = strict_json.loads(line)
    except ValueError as error:
        reason = str(error).replace("at line 1, column", "at column")  # the line's number is told already
        raise errors.UsageError(f"it is not JSON: {reason}") from error
    if not isinstance(fields, dict):
        raise errors.UsageError("it is JSON, but not an object")
    if "input" in fields:
        if fields.get("task", task) != task:
            raise errors.UsageError(f"it is an event for another task than {task}")
        return _event(fields, task)
    own = {name: fields.pop(name) for name in ("id", "created_at", "attributes") if name in fields}
    return _event({**own, "input": fields}, task)


def parse_header(names: Sequence[str]) -> tuple[str, ...]:
    """The column names of a CSV file.

    Raises:
        UsageError: a column has no name, two have the same, or none is left for the input.
    """
    header = tuple(name.strip() for name in names)
    if "" in header:
        raise errors.UsageError(f"column {header.index('') + 1} of the header has no name")
    twice = [name for number, name in enumerate(header) if name in header[:number]]
    if twice:
        raise errors.UsageError(f"column {header.index(twice[0]) + 1} of the header has the name of another")
    if all(_is_own(name) for name in header):
        raise errors.UsageError("the header has no column for the input")
    return header


def parse_row(header: Sequence[str], row: Sequence[str], task: str) -> Event:
    """An event from a row of a CSV file; its id is empty where the row has none. Empty cells are empty strings.

    Raises:
        UsageError: as with `parse_json`.
    """
    if len(row) != len(header):
        raise errors.UsageError(f"it has {len(row)} columns, the header {len(header)}")
    if any(_is_broken(cell) for cell in row):
        raise errors.UsageError("it is not UTF-8")
    cells = dict(zip(header, row, strict=True))
    own: dict[str, Any] = {name: cells[name] for name in ("id", "created_at") if cells.get(name)}
    own["attributes"] = {
        name.removeprefix("attributes."): cell
        for name, cell in cells.items()
        if name.startswith("attributes.") and cell
    }
    return _event({**own, "input": {name: cell for name, cell in cells.items() if not _is_own(name)}}, task)


def digest(event: Event) -> bytes:
    """16 bytes that stand for what makes two events the same: the id, or without one, all the contents."""
    basis = ("id", event.id) if event.id else ("contents", _fields(event))
    return hashlib.blake2b(_canonical(basis).encode(), digest_size=16).digest()


def named(event: Event, repetition: int) -> Event:
    """The event with an id: its own, or one from its contents. `repetition` counts equal contents in a file, from 1."""
    if event.id:
        return event
    return replace(event, id=str(uuid.uuid5(NAMESPACE, _canonical([_fields(event), repetition]))))


def encode(event: Event) -> bytes:
    """The event as it stands on the tasks topic: JSON in UTF-8."""
    return plain.text({"id": event.id, **_fields(event)}).encode()


def _event(fields: Mapping[str, Any], task: str) -> Event:
    """The checks are those of the worker, so that nothing is sent that it would call undecodable."""
    unnamed = fields.get("id") is None
    try:
        event = incoming.event({**fields, "task": task, "id": "-" if unnamed else fields["id"]})
    except ValueError as error:
        raise errors.UsageError(str(error)) from error
    if not event.input:
        raise errors.UsageError("its input is empty")
    return replace(event, id="") if unnamed else event


def _fields(event: Event) -> dict[str, Any]:
    fields: dict[str, Any] = {"task": event.task, "input": event.input}
    if event.created_at is not None:
        fields["created_at"] = time_text(event.created_at)
    if event.attributes:
        fields["attributes"] = event.attributes
    return fields


def time_text(time: datetime) -> str:
    """RFC 3339."""
    return time.isoformat().replace("+00:00", "Z")


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _is_own(column: str) -> bool:
    return column in ("id", "created_at") or column.startswith("attributes.")


def _is_broken(cell: str) -> bool:
    """Whether bytes that are no UTF-8 were read into it (`surrogateescape`)."""
    return not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell)
