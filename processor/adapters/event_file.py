"""A user's file of events, read twice: once to check every line, once to send. Memory does not grow with the file."""

from __future__ import annotations

import csv
import itertools
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from processor.core import errors, inputs
from processor.core.files import intake, lines, producer_record
from processor.core.files.lines import Bad, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from processor.core.files.lines import Format
    from processor.core.files.producer_record import ProducerRecord
    from processor.core.records import Event

FORMATS: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv"}

LINE_LIMIT = 32 * 1024 * 1024
"""Bytes of a line that are read; longer than any event may be, however it is escaped."""

PROGRESS_EVERY = 1_000
"""Lines between two reports of progress."""

BAD_KEPT = 100
"""Bad lines that a survey names; all are counted."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds: how many good events, how many bad lines, and the first `BAD_KEPT` of those."""

    good: int
    bad_count: int
    bad: tuple[Bad, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What lines are held against.

    Attributes:
        task: the task that they are for.
        limit: bytes that one message may have.
        key: the field whose value becomes the message key, or None for the event's id.
        required: the input's fields without which a worker refuses it.
    """

    task: str
    limit: int
    key: str | None = None
    required: tuple[str, ...] = ()


def format_of(path: str) -> Format:
    """The format by the file's name; `-` (standard input) is JSONL.

    Raises:
        UsageError: the name does not tell.
    """
    if path == "-":
        return "jsonl"
    try:
        return FORMATS[Path(path).suffix.lower()]
    except KeyError as error:
        raise errors.UsageError(
            f"{path}: is it JSON lines or CSV? Say it with --format jsonl or --format csv"
        ) from error


class EventFile:
    """An open file of events; a context manager. A pipe cannot be read twice: it is spooled to disk first."""

    def __init__(self, path: str, kind: Format, terms: Terms) -> None:
        """Open the file.

        Raises:
            UsageError: it is not there, cannot be read, or is UTF-16.
        """
        self._path = "standard input" if path == "-" else path
        self._kind = kind
        self._terms = terms
        self._file = self._open(path)
        self._stamp = self._now()
        if self._file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            self._file.close()
            raise errors.UsageError(f"{self._path} is UTF-16: save it as UTF-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def limit(self) -> int:
        """Bytes that one message may have."""
        return self._terms.limit

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self._stamp[0]

    def survey(self, start: int = 1, progress: Callable[[int], None] = lambda _: None) -> Survey:
        """Check every line from line `start` on: the first pass. `progress` is called with the bytes that are read."""
        good, bad_count, bad = 0, 0, []
        for number, item in enumerate(self._pass()):
            if number % PROGRESS_EVERY == 0:
                progress(self._file.tell())
            if item.line < start:
                continue
            if isinstance(item, Bad):
                bad_count += 1
                bad += [item] if bad_count <= BAD_KEPT else []
            else:
                good += 1
        return Survey(good, bad_count, tuple(bad))

    def records(self, start: int = 1) -> Iterator[ProducerRecord]:
        """The records of the good lines, from line `start` on: the second pass.

        Raises:
            UntunedError: the file is changed meanwhile; what was yielded before was as surveyed.
        """
        for item in self._pass():
            if self._now() != self._stamp:
                raise errors.UntunedError(f"{self._path} was changed while it was read")
            if not isinstance(item, Bad) and item.line >= start:
                yield item

    def _open(self, path: str) -> IO[bytes]:
        try:
            if path == "-":
                return _spool(sys.stdin.buffer)
            source = Path(path).open("rb")  # noqa: SIM115 - closed by __exit__
            if stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                return source
            with source:
                return _spool(source)
        except OSError as error:
            raise errors.UsageError(f"{self._path} cannot be read: {error.strerror}") from error

    def _now(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns

    def _pass(self) -> Iterator[ProducerRecord | Bad]:
        self._file.seek(0)
        csv.field_size_limit(LINE_LIMIT)  # of the whole process; the default, 128 KiB, is less than an event may have
        with closing(_Seen()) as seen:
            for line, found in lines.parse(self._kind, self._lines(), self._terms.task):
                yield found if isinstance(found, Bad) else self._accept(line, found, seen)

    def _lines(self) -> Iterator[Line]:
        """Physical lines, without a byte order mark. Of an overlong one the rest is skipped."""
        for number in itertools.count(1):
            text = self._file.readline(LINE_LIMIT)
            if not text:
                return
            cut = len(text) == LINE_LIMIT and not text.endswith(b"\n")
            rest = text
            while cut and rest and not rest.endswith(b"\n"):
                rest = self._file.readline(LINE_LIMIT)
            yield Line(number, text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text, cut)

    def _accept(self, line: int, event: Event, seen: _Seen) -> ProducerRecord | Bad:
        if lacks := inputs.lacking(event.input, self._terms.required):
            return Bad(line, lacks)
        try:
            first, times = seen.add(intake.digest(event), line)
            if event.id and times > 1:
                return Bad(line, f"it has the same id as line {first}")
            record = producer_record.build(intake.named(event, times), line, self._terms.key)
        except errors.UsageError as error:
            return Bad(line, str(error))
        if record.size > self._terms.limit:
            return Bad(line, f"it is too large for the topic: {record.size:,} bytes, {self._terms.limit:,} are allowed")
        return record


def _spool(source: IO[bytes]) -> IO[bytes]:
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
    shutil.copyfileobj(source, spool)
    spool.flush()
    return spool


class _Seen:
    """The events of one pass so far, on disk beyond a small cache."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("create table seen (digest blob primary key, line integer, times integer) without rowid")
        self._db.execute("begin")

    def add(self, digest: bytes, line: int) -> tuple[int, int]:
        """Count an event; returns the line where it stood first, and how often it stood until now."""
        row = self._db.execute(
            "insert into seen values (?, ?, 1) on conflict do update set times = times + 1 returning line, times",
            (digest, line),
        ).fetchone()
        return row[0], row[1]

    def close(self) -> None:
        self._db.close()
