"""What every shape does, and how values are shown in violations."""

from __future__ import annotations

import abc
import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from processor.core import rules
from processor.core.records import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["null", "boolean", "number", "string", "array", "object"]
"""The kinds of JSON values; the branches of a union differ by them."""

PATH_PART_LIMIT = 60
"""Characters of a property name of the model's own that a path keeps."""


class Shape(abc.ABC):
    """The values that one place of an answer may hold."""

    kind: ClassVar[Kind]

    @abc.abstractmethod
    def json_schema(self) -> dict[str, Any]:
        """Its JSON Schema, within what OpenAI's strict structured outputs take."""

    @property
    @abc.abstractmethod
    def expected(self) -> str:
        """The allowed values in words, to stand after "expected": `a whole number from 1 to 5`."""

    @abc.abstractmethod
    def check(self, value: Any, path: str) -> Iterator[Violation]:
        """What is wrong with a JSON value at `path`; nothing when all is well."""

    @abc.abstractmethod
    def convert(self, value: Any) -> Any:
        """The typed value of a JSON value that passed `check`."""

    def wrong(self, value: Any, path: str, rule: str, message: str) -> Violation:
        """A violation at `path` that shows the value and what would be right."""
        return violation(path, rule, message, found=value, expected=self.expected)

    def wrong_type(self, value: Any, path: str) -> Violation:
        """The violation of a value of another JSON kind."""
        return self.wrong(value, path, "type", f"must be {self.expected}, not {kind_of(value)}")


def kind_of(value: Any) -> Kind:
    """The JSON kind of a parsed JSON value. True is no number."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def violation(path: str, rule: str, message: str, *, found: Any = ..., expected: str = "") -> Violation:
    """A violation; `message` is a sentence without capital and full stop, `found` is left out where there is none."""
    sentence = f"{message[0].upper()}{message[1:]}."
    return Violation(path, rule, sentence, found="" if found is ... else shown(found), expected=expected)


def shown(value: Any) -> str:
    """A value as JSON text of at most `rules.FOUND_LIMIT` characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= rules.FOUND_LIMIT else text[: rules.FOUND_LIMIT - 1] + "…"


def member(path: str, name: str) -> str:
    """The path of an object's member: `$.order`, or `$["or der"]` where the name is no identifier."""
    if name.isidentifier() and len(name) <= PATH_PART_LIMIT:
        return f"{path}.{name}"
    return f"{path}[{json.dumps(name[:PATH_PART_LIMIT])}]"


def between(minimum: float | None, maximum: float | None, unit: str = "") -> str:
    """Bounds in words, with a leading space: ` from 1 to 5 characters`; empty where there are none."""
    tail = f" {unit}" if unit else ""
    if minimum is not None and maximum is not None:
        return f" of exactly {minimum}{tail}" if minimum == maximum else f" from {minimum} to {maximum}{tail}"
    if minimum is not None:
        return f" of at least {minimum}{tail}"
    return "" if maximum is None else f" of at most {maximum}{tail}"


def listed(values: Sequence[str], most: int) -> str:
    """The first values of a long list, with how many more there are: `a, b and 3 more`."""
    more = len(values) - most
    return ", ".join(values[:most]) + (f" and {more} more" if more > 0 else "")


def bounds(**keywords: Any) -> dict[str, Any]:
    """JSON Schema keywords without those that are None."""
    return {name: value for name, value in keywords.items() if value is not None}
