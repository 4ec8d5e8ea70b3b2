"""What a contract's shapes say of their controls, whatever the answer: asked of each shape once in a form.

The items of a list have one shape, and there may be a thousand of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core.contracts.shapes import base, containers, mapping, narrowed, numbers, strings
from processor.review.forms import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.contracts.shapes.base import Shape
    from processor.review.forms.field import Kind

_KINDS: Mapping[type[Shape], Kind] = {
    strings.Choice: "choice",
    narrowed.Narrowed: "choice",
    strings.Text: "text",
    strings.Date: "date",
    strings.Timestamp: "time",
    strings.Decimal: "decimal",
    strings.Uuid: "uuid",
    numbers.Boolean: "boolean",
    numbers.Integer: "integer",
    numbers.Real: "number",
    containers.Null: "null",
    containers.Object: "record",
    containers.List: "list",
    mapping.Map: "map",
}
_LIMITS = {
    "minimum": "min",
    "maximum": "max",
    "minItems": "min",
    "maxItems": "max",
    "minLength": "minlength",
    "maxLength": "maxlength",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What is the same of a shape wherever it stands; as in `Field`."""

    kind: Kind
    options: tuple[str, ...]
    limits: Mapping[str, str]
    expected: str


@dataclass(frozen=True, slots=True)
class Part:
    """A record's member: what its name and its path have beyond the record's, and what it is called."""

    key: str
    shape: Shape
    name: str
    path: str
    label: str
    doc: str


class Sayings:
    """Those of one contract, remembered by the identity of their shapes, which must outlive this."""

    def __init__(self) -> None:
        self._said: dict[int, Said] = {}
        self._parts: dict[int, tuple[Part, ...]] = {}
        self._branches: dict[int, tuple[tuple[Shape, ...], bool]] = {}

    def of(self, shape: Shape) -> Said:
        """What is said of a shape that is no union."""
        found = self._said.get(id(shape))
        if found is None:
            found = self._said[id(shape)] = Said(_KINDS[type(shape)], _options(shape), _limits(shape), _expected(shape))
        return found

    def parts(self, shape: containers.Object) -> tuple[Part, ...]:
        """A record's members."""
        found = self._parts.get(id(shape))
        if found is None:
            found = self._parts[id(shape)] = tuple(_part(each) for each in shape.members)
        return found

    def branches(self, shape: Shape) -> tuple[tuple[Shape, ...], bool]:
        """As `names.branches`."""
        found = self._branches.get(id(shape))
        if found is None:
            found = self._branches[id(shape)] = names.branches(shape)
        return found


def _part(of: containers.Member) -> Part:
    name, path = names.member("", of.name), base.member("", of.name)
    return Part(of.name, of.shape, name, path, _words(of.name), of.description)


def _options(shape: Shape) -> tuple[str, ...]:
    if isinstance(shape, strings.Choice):
        return shape.symbols
    return shape.values if isinstance(shape, narrowed.Narrowed) else ()


def _limits(shape: Shape) -> dict[str, str]:
    schema = shape.json_schema()
    found = {attribute: str(schema[name]) for name, attribute in _LIMITS.items() if name in schema}
    if "pattern" in schema:
        found["pattern"] = schema["pattern"][1:-1]
    if isinstance(shape, numbers.Integer):
        found["step"] = "1"
    elif isinstance(shape, numbers.Real):
        found["step"] = "any"
    return found


def _expected(shape: Shape) -> str:
    if isinstance(shape, containers.Object):
        return ""
    # In JSON it is quoted; in a form nothing is.
    return shape.expected.replace(" in quotes, without an exponent,", "")


def _words(name: str) -> str:
    """A member's name for people: `purchase_order` and `purchaseOrder` are `Purchase order`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).replace("_", " ").split()
    words = " ".join(word if word.isupper() else word.lower() for word in parted)
    return words[:1].upper() + words[1:] or name
