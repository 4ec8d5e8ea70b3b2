"""The one contract of a task: an Avro record schema, and all that derives from it.

    text of schemas/<task>.avsc -> Contract: the model's strict JSON Schema, the answer's check, the typed answer

What an answer schema may hold:

| Avro | in the answer | field properties |
| --- | --- | --- |
| record | an object; every field is required, no other is allowed | |
| enum | one of its symbols | |
| string | text | minLength, maxLength, pattern |
| boolean | true or false | |
| int, long | a whole number (1.0 is one) | minimum, maximum |
| float, double | a number | minimum, maximum |
| array | a list | minItems, maxItems |
| map | a list of `{"key": …, "value": …}`, each key once | minItems, maxItems |
| union | null and at most one type of each JSON kind | those of its branches |
| int as date | "2026-01-31" | |
| long as timestamp-millis, timestamp-micros | RFC 3339 with offset, "2026-01-31T09:30:00Z" | |
| bytes or fixed as decimal | a number in quotes, "12.50" | |
| string as uuid | a UUID | |

A map is a list of pairs for the model, and so in labelled answers, since strict structured outputs know no free keys;
rules and results have it as a map. Refused are other bytes and fixed, times of day, and records inside themselves. A
field's default is for readers of older results; the model always gives every field. Properties may stand at a field or
inside its type; patterns: see `pattern`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from processor.core.contracts import place, schema_file
from processor.core.contracts.shapes import build, narrowed
from processor.core.contracts.shapes.containers import Object

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import avro.schema

    from processor.core.contracts.shapes.base import Shape
    from processor.core.records import Violation

VIOLATIONS_LIMIT = 20
"""How many violations of one answer are told; more would only make the next prompt long."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What an answer must be.

    Attributes:
        name: the record's full name.
        schema: the Avro schema.
        json_schema: the same as a strict JSON Schema for structured outputs.
    """

    name: str
    schema: avro.schema.RecordSchema
    json_schema: Mapping[str, Any] = field(repr=False)
    _shape: Shape = field(repr=False)

    @property
    def shape(self) -> Shape:
        """The types of the whole answer, for those who walk through one."""
        return self._shape

    def check(self, answer: Any) -> tuple[Violation, ...]:
        """What is wrong with a parsed JSON answer, at most `VIOLATIONS_LIMIT` of it; empty when it fits."""
        return tuple(itertools.islice(self._shape.check(answer, "$"), VIOLATIONS_LIMIT))

    def narrowed(self, values: Mapping[str, Collection[str]]) -> Contract:
        """The same contract with only these values at these places: in the model's schema and in the check alike.

        A place (`$.lines[*].sku`) whose values the contract itself all refuses stays as it is. The Avro schema and the
        typed answer are the same.

        Raises:
            ValueError: a place is not written as one.
            LookupError: the answer has no such place, or no text or enum stands there.
        """
        shape: Shape = self._shape
        for path, allowed in values.items():
            shape = narrowed.narrow(shape, place.parse(path), allowed)
        return replace(self, json_schema=shape.json_schema(), _shape=shape)

    def allowed(self, path: str, values: Collection[str]) -> tuple[str, ...]:
        """Those of the values that the contract allows at a place.

        Raises:
            ValueError, LookupError: as `narrowed`.
        """
        return narrowed.allowed(narrowed.at(self._shape, place.parse(path)), values)

    def convert(self, answer: Any) -> dict[str, Any]:
        """The typed answer, ready for Avro: dates, datetimes in UTC, Decimals. Only for one that `check` passed."""
        typed: dict[str, Any] = self._shape.convert(answer)
        return typed

    def convert_part(self, labelled: Mapping[str, Any]) -> dict[str, Any]:
        """The same for those fields of an answer that are given; a value that does not fit stays as it is.

        What is labelled and what a result holds can be compared so: `12.5` is `12.50` there, and pairs are a map.
        """
        assert isinstance(self._shape, Object)
        shapes = {member.name: member.shape for member in self._shape.members}
        fitting = {name for name in labelled.keys() & shapes if not any(shapes[name].check(labelled[name], "$"))}
        return {name: shapes[name].convert(value) if name in fitting else value for name, value in labelled.items()}


def parse(text: str, path: str) -> Contract:
    """Read an answer schema.

    Args:
        text: of the .avsc file.
        path: the file's, for messages.

    Raises:
        DefinitionError: it is not JSON, not a record, or holds what an answer schema may not; with the line.
    """
    raw, schema = schema_file.parse(text, path)
    shape = build.build(raw, schema, path)
    return Contract(schema.fullname, schema, shape.json_schema(), shape)
