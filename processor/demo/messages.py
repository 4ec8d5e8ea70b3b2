"""A user's own messages: a CSV file with the columns `text` and, where it is known, `category`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.files import lines
from processor.core.files.lines import Bad, Line
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.records import Event

COLUMNS = ("text", "category")
SHOWN = 60
"""Characters of a column's name in an error."""

PER_CATEGORY = 2
"""Labelled messages a category on average: one to learn from, one to send."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `line` is where it stands in the file, counted from 1; `category` is empty where it has none."""

    line: int
    text: str
    category: str


@dataclass(frozen=True, slots=True)
class Messages:
    """All messages of a file that can be used, and in plain sentences what was left out of it."""

    messages: tuple[Message, ...]
    notes: tuple[str, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, sorted."""
        return tuple(sorted({message.category for message in self.messages if message.category}))


def parse(content: bytes, name: str) -> Messages:
    """Read a file's bytes.

    A text that stands in the file twice would be learnt from and asked for: it is taken once, and not at all where its
    categories differ.

    Args:
        content: CSV in UTF-8, with or without a byte order mark, parted by commas, semicolons or tabs.
        name: the file's, for messages.

    Raises:
        UsageError: what is wrong with the file, with the line, and what would be right.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise errors.UsageError(f"{name} is UTF-16: save it as UTF-8")
    rows, empty = [], 0
    for line, fields in _rows(content, name):
        text, category = (" ".join(fields.get(column, "").split()) for column in COLUMNS)
        if text:
            rows.append(Message(line, fields["text"].strip(), category))
        else:
            empty += 1
    if not rows:
        raise errors.UsageError(f"{name} holds no messages: it needs the header text,category and a message a row")
    kept, notes = _once(rows)
    if empty:
        notes.append(f"{empty:,} rows without a text were left out")
    found = Messages(tuple(kept), tuple(notes))
    _check_categories(found, name)
    return found


def _rows(content: bytes, name: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row's line and its fields by column."""
    physical = content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    found = lines.parse("csv", (Line(number, text) for number, text in enumerate(physical, start=1)), "demo")
    for line, event in found:
        if isinstance(event, Bad):
            advice = " (save the file as UTF-8)" if "UTF-8" in event.reason else ""
            raise errors.UsageError(f"{name}, line {line}: {event.reason}{advice}")
        yield line, _fields(event, name)


def _fields(event: Event, name: str) -> dict[str, str]:
    fields = {column.lower(): value for column, value in event.input.items()}
    if "text" not in fields:
        columns = ", ".join(display.short(column, SHOWN) for column in event.input)
        raise errors.UsageError(f"{name} has no column `text`, only {columns}: name the messages' column text")
    others = [display.short(column, SHOWN) for column in fields if column not in COLUMNS]
    if others:
        raise errors.UsageError(
            f"{name} has the columns {', '.join(others)} besides text and category: leave them out "
            "(for more than a text, write a task of your own)"
        )
    return fields


def _once(rows: list[Message]) -> tuple[list[Message], list[str]]:
    by_text: dict[str, list[Message]] = {}
    for row in rows:
        by_text.setdefault(row.text.casefold(), []).append(row)
    kept, repeated, torn = [], 0, 0
    for same in by_text.values():
        if len({row.category for row in same if row.category}) > 1:
            torn += len(same)
            continue
        kept.append(next((row for row in same if row.category), same[0]))
        repeated += len(same) - 1
    notes = []
    if repeated:
        notes.append(f"{repeated:,} messages stand in the file twice and are taken once")
    if torn:
        notes.append(f"{torn:,} messages with the same text and different categories were left out")
    return kept, notes


def _check_categories(found: Messages, name: str) -> None:
    labelled, categories = sum(bool(message.category) for message in found.messages), found.categories
    if len(categories) == 1:
        raise errors.UsageError(
            f"{name}: every category is {display.short(categories[0], SHOWN)}, so there is nothing to tell apart: "
            "leave the column out, or label with at least two"
        )
    if labelled < PER_CATEGORY * len(categories):
        raise errors.UsageError(
            f"{name}: {len(categories):,} categories for {labelled:,} labelled messages: half of them are learnt "
            "from and half are sent, so there must be at least two of a category on average"
        )
