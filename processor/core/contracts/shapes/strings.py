"""Text and the types that travel as formatted strings."""

from __future__ import annotations

import datetime as dt
import decimal
import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from processor.core.contracts.shapes import base

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processor.core.contracts.pattern import Pattern
    from processor.core.records import Violation

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)

SYMBOLS_SHOWN = 12
"""How many symbols of a long enum a violation lists."""

GUESS_LIMIT = 80
"""Longer values are not compared with an enum's symbols: they are no misspelt symbol."""


class String(base.Shape):
    """What all JSON strings share."""

    kind: ClassVar[base.Kind] = "string"

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, str):
            yield self.wrong_type(value, path)
        elif not _is_unicode(value):
            yield base.violation(path, "encoding", "must be valid Unicode: it holds half a surrogate pair")
        else:
            yield from self.check_text(value, path)

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        """What is wrong with a valid Unicode string."""
        raise NotImplementedError

    def convert(self, value: Any) -> Any:
        return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Text(String):
    """Free text. Lengths count Unicode characters."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: Pattern | None = None

    def json_schema(self) -> dict[str, Any]:
        pattern = self.pattern.text if self.pattern else None
        return {"type": "string", **base.bounds(minLength=self.min_length, maxLength=self.max_length, pattern=pattern)}

    @property
    def expected(self) -> str:
        words = "text" + base.between(self.min_length, self.max_length, "characters")
        return f"{words} that matches {self.pattern.text}" if self.pattern else words

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        if self.min_length is not None and len(value) < self.min_length:
            yield self.wrong(value, path, "minLength", f"must have at least {self.min_length} characters")
        if self.max_length is not None and len(value) > self.max_length:
            message = f"must have at most {self.max_length} characters, has {len(value)}"
            yield self.wrong(value, path, "maxLength", message)
        elif self.pattern and not self.pattern.matches(value):
            yield self.wrong(value, path, "pattern", f"must match {self.pattern.text}")


@dataclass(frozen=True, slots=True)
class Choice(String):
    """One of a closed list of symbols: Avro's enum."""

    symbols: tuple[str, ...]

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.symbols)}

    @property
    def expected(self) -> str:
        return "one of " + base.listed(self.symbols, SYMBOLS_SHOWN)

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        if value not in self.symbols:
            hint = did_you_mean(value, self.symbols)
            yield self.wrong(value, path, "enum", f"is not one of the allowed values{hint}")


def did_you_mean(value: str, allowed: Sequence[str]) -> str:
    """The allowed value that a wrong one looks like, in brackets with a leading space; empty where there is none."""
    near = difflib.get_close_matches(value, allowed, n=1) if len(value) <= GUESS_LIMIT else []
    return f" (did you mean {near[0]}?)" if near else ""


@dataclass(frozen=True, slots=True)
class Date(String):
    """A calendar date, `2026-01-31`."""

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    @property
    def expected(self) -> str:
        return "a date as in 2026-01-31"

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        try:
            self.convert(value)
        except ValueError:
            yield self.wrong(value, path, "format", "is not a date")

    def convert(self, value: Any) -> dt.date:
        # fromisoformat also takes basic and week forms, which JSON Schema's `date` does not.
        if not ISO_DATE.fullmatch(value):
            raise ValueError("not YYYY-MM-DD")
        return dt.date.fromisoformat(value)


@dataclass(frozen=True, slots=True)
class Timestamp(String):
    """A point in time in RFC 3339 with its offset; finer digits than `digits` (3: milliseconds, 6: micro) are cut."""

    digits: int

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    @property
    def expected(self) -> str:
        return "a date and time with its offset as in 2026-01-31T09:30:00Z"

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        try:
            self.convert(value)
        except (ValueError, OverflowError):
            yield self.wrong(value, path, "format", "is not a date and time with its offset")

    def convert(self, value: Any) -> dt.datetime:
        if not RFC_3339.fullmatch(value.upper()):
            raise ValueError("not in RFC 3339")
        moment = dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
        unit = 10 ** (6 - self.digits)
        return moment.replace(microsecond=moment.microsecond // unit * unit)


@dataclass(frozen=True, slots=True)
class Decimal(String):
    """An exact decimal number as a string, `-12.50`: at most `precision` digits, `scale` of them after the point."""

    precision: int
    scale: int

    @property
    def _pattern(self) -> str:
        whole = self.precision - self.scale
        before = "0" if whole == 0 else f"(0|[1-9][0-9]{{0,{whole - 1}}})"
        after = f"(\\.[0-9]{{1,{self.scale}}})?" if self.scale else ""
        return f"^-?{before}{after}$"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": self._pattern}

    @property
    def expected(self) -> str:
        return (
            f"a decimal number in quotes, without an exponent, with at most {self.precision - self.scale} digits "
            f"before and {self.scale} after the point"
        )

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        if not re.fullmatch(self._pattern[1:-1], value):
            yield self.wrong(value, path, "format", "is not such a decimal number")

    def convert(self, value: Any) -> decimal.Decimal:
        # Always with all digits of its scale and no negative zero: `avro` writes other ones as other numbers.
        exact = decimal.Context(prec=self.precision + 1)
        number = decimal.Decimal(value).quantize(decimal.Decimal(1).scaleb(-self.scale), context=exact)
        return number or abs(number)


@dataclass(frozen=True, slots=True)
class Uuid(String):
    """A UUID in its usual form."""

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    @property
    def expected(self) -> str:
        return "a UUID as in 123e4567-e89b-12d3-a456-426614174000"

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
            yield self.wrong(value, path, "format", "is not a UUID")
