"""The assumptions: those that come with untuned, and those that override them.

Unknown keys are errors, with the line, so that a misspelt one is found before a budget is decided by it.
"""

from __future__ import annotations

import dataclasses
import importlib.resources
import math
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import definition, errors, suggest
from processor.measure.verdict.values import Assumption

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = "assumptions.toml"

MEASURED = ("volume.events_per_day", "definition.changes_per_year")
"""Keys that have a value only where the data, a file or an option give one."""

_KEYS = {"value", "low", "high", "source", "date"}
_SHARES = {
    "tuned.prompt_share",
    "labels.agreement",
    "threshold.adherence",
    "threshold.capability_share",
    "threshold.fixable_share",
    "threshold.drift_p",
    "threshold.drift_distance",
}
_LEAST = {"training.epochs": 1, "training.runs": 1, "labels.people_each": 1, "labels.needed": 1}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """All assumptions by key, in the order of the file that comes with untuned; some of `MEASURED` may have none."""

    found: Mapping[str, Assumption]
    unset: Mapping[str, Assumption]

    def __iter__(self) -> Iterator[Assumption]:
        return iter(self.found.values())

    def get(self, key: str) -> Assumption | None:
        """One of them; None where nothing gives its value."""
        return self.found.get(key)

    def value(self, key: str) -> float:
        """What is calculated with."""
        return self.found[key].value

    def pinned(self, key: str, value: float) -> Assumptions:
        """The same, with one of them known."""
        known = dataclasses.replace(self.found[key], value=value, low=value, high=value)
        return Assumptions({**self.found, key: known}, self.unset)

    def measured(self, key: str, number: tuple[float, float, float], source: str) -> Assumptions:
        """The same with what was measured, unless a file or an option has set it."""
        if key in self.found:
            return self
        value, low, high = number
        given = dataclasses.replace(self.unset[key], value=value, low=low, high=high, source=source, origin="measured")
        return Assumptions({**self.found, key: given}, self.unset)


def defaults() -> Assumptions:
    """Those that come with untuned."""
    text = importlib.resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    found: dict[str, Assumption] = {}
    unset: dict[str, Assumption] = {}
    for table, keys in tomllib.loads(text).items():
        for name, row in keys.items():
            key, value = f"{table}.{name}", float(row.get("value", math.nan))
            low, high = float(row.get("low", value)), float(row.get("high", value))
            made = Assumption(key, value, low, high, row["meaning"], row["source"], row["date"])
            (unset if math.isnan(value) else found)[key] = made
    return Assumptions(found, unset)


def override(base: Assumptions, text: str, path: str) -> Assumptions:
    """`base` with what a file's text says otherwise.

    Raises:
        DefinitionError: an unknown key, or a value that cannot be; with the line.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise errors.DefinitionError(path, f"not TOML: {error}", int(found.group(1)) if found else None) from error
    for table, keys in tables.items():
        if not isinstance(keys, dict):
            raise errors.DefinitionError(path, _unknown(base, table), _line(text, table, ""))
        for name, given in keys.items():
            key, line = f"{table}.{name}", _line(text, table, name)
            try:
                base = _with(base, key, given, path if line is None else f"{path}:{line}")
            except ValueError as error:
                raise errors.DefinitionError(path, str(error), line) from error
    return base


def assume(base: Assumptions, texts: tuple[str, ...]) -> Assumptions:
    """`base` with what `--assume` says: `key=number`, or `key=low..high`.

    Raises:
        UsageError: it is not so, or the key is unknown.
    """
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise errors.UsageError(f"--assume {text}: say key=value, as people.usd_per_hour=52, or key=low..high")
        try:
            base = _with(base, key, [_number(part) for part in value.split("..")], "--assume")
        except ValueError as error:
            raise errors.UsageError(f"--assume {text}: {error}") from error
    return base


def _with(base: Assumptions, key: str, given: Any, origin: str) -> Assumptions:
    known = base.found.get(key) or base.unset.get(key)
    if known is None:
        raise ValueError(_unknown(base, key))
    row = given if isinstance(given, dict) else {"value": given}
    if strange := set(row) - _KEYS:
        raise ValueError(f"{key} has no `{min(strange)}`: it may have {', '.join(sorted(_KEYS))}")
    value, low, high = _range(known, row)
    source = row.get("source", f"set in {origin}")
    date = row.get("date", "")
    if not isinstance(source, str) or not isinstance(date, str):
        raise ValueError(f"{key}: source and date are texts")  # noqa: TRY004 - one kind of error for a wrong value
    made = dataclasses.replace(known, value=value, low=low, high=high, source=source, date=date, origin=origin)
    return Assumptions({**base.found, key: made}, base.unset)


def _range(known: Assumption, row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Value, low and high: of a range alone the value is the middle; ends alone leave the value as it was."""
    key, given = known.key, row.get("value", known.value if {"low", "high"} & set(row) else None)
    numbers = given if isinstance(given, list) else [given]
    if len(numbers) not in {1, 2} or not all(_is_number(number) for number in numbers):
        raise ValueError(f"{key} is a number, or a range of two: [low, high]")
    value = math.fsum(numbers) / len(numbers)
    rest = (known.low, known.high) if "value" not in row else (min(numbers), max(numbers))
    low, high = row.get("low", rest[0]), row.get("high", rest[1])
    if not (_is_number(low) and _is_number(high) and low <= value <= high):
        raise ValueError(f"{key}: low <= value <= high must hold")
    least, most = _LEAST.get(key, 0), 1 if key in _SHARES else math.inf
    if low < least or high > most:
        raise ValueError(f"{key} is {f'at least {least}' if most == math.inf else f'from {least} to {most}'}")
    return value, float(low), float(high)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no number") from error


def _unknown(base: Assumptions, key: str) -> str:
    known = [*base.found, *base.unset]
    return f"there is no assumption {key}: {suggest.instead(key, known)}"


def _line(text: str, table: str, name: str) -> int | None:
    """Where a key stands: in its table, as a table of its own, or dotted."""
    written = re.compile(rf"\s*[\"']?{re.escape(table)}[\"']?\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*[=.]")
    dotted = (number for number, line in enumerate(text.splitlines(), start=1) if name and written.match(line))
    place = (table, name) if name else (table,)
    return next(dotted, None) or definition.line_of(text, place)
