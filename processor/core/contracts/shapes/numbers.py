"""Booleans and numbers."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from processor.core.contracts.shapes import base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Violation

FLOAT_MAX = (2.0 - 2.0**-23) * 2.0**127
"""The largest 32-bit floating point number."""


@dataclass(frozen=True, slots=True)
class Boolean(base.Shape):
    """True or false."""

    kind: ClassVar[base.Kind] = "boolean"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    @property
    def expected(self) -> str:
        return "true or false"

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, bool):
            yield self.wrong_type(value, path)

    def convert(self, value: Any) -> bool:
        return bool(value)


@dataclass(frozen=True, slots=True)
class Integer(base.Shape):
    """A whole number. As in JSON Schema, 1.0 is one; `bits` is 32 for Avro's int, 64 for its long."""

    kind: ClassVar[base.Kind] = "number"
    bits: int
    minimum: int | None = None
    maximum: int | None = None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", **base.bounds(minimum=self.minimum, maximum=self.maximum)}

    @property
    def expected(self) -> str:
        return "a whole number" + base.between(self.minimum, self.maximum)

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        if base.kind_of(value) != "number":
            yield self.wrong_type(value, path)
        elif isinstance(value, float) and not value.is_integer():
            yield self.wrong(value, path, "type", "must be a whole number")
        elif not -(2 ** (self.bits - 1)) <= value < 2 ** (self.bits - 1):
            yield self.wrong(value, path, "range", f"must fit into {self.bits} bits")
        else:
            yield from _check_bounds(self, value, path)

    def convert(self, value: Any) -> int:
        return int(value)


@dataclass(frozen=True, slots=True)
class Real(base.Shape):
    """A number. `bits` is 32 for Avro's float, 64 for its double; a value is rounded to what they can hold."""

    kind: ClassVar[base.Kind] = "number"
    bits: int
    minimum: float | None = None
    maximum: float | None = None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "number", **base.bounds(minimum=self.minimum, maximum=self.maximum)}

    @property
    def expected(self) -> str:
        return "a number" + base.between(self.minimum, self.maximum)

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        if base.kind_of(value) != "number":
            yield self.wrong_type(value, path)
        elif not self._fits(value):
            yield self.wrong(value, path, "range", f"must be a finite number of {self.bits} bits")
        else:
            yield from _check_bounds(self, value, path)

    def _fits(self, value: float) -> bool:
        try:
            number = float(value)
        except OverflowError:
            return False
        return math.isfinite(number) and (self.bits == 64 or abs(number) <= FLOAT_MAX)  # noqa: PLR2004 - Avro's double

    def convert(self, value: Any) -> float:
        number = float(value)
        return number if self.bits == 64 else float(struct.unpack("<f", struct.pack("<f", number))[0])  # noqa: PLR2004


def _check_bounds(shape: Integer | Real, value: float, path: str) -> Iterator[Violation]:
    if shape.minimum is not None and value < shape.minimum:
        yield shape.wrong(value, path, "minimum", f"must be at least {shape.minimum}")
    if shape.maximum is not None and value > shape.maximum:
        yield shape.wrong(value, path, "maximum", f"must be at most {shape.maximum}")
