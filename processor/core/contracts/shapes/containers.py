"""Null, lists, objects, and places that may hold one of several kinds of value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from processor.core.contracts.shapes import base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Violation


@dataclass(frozen=True, slots=True)
class Null(base.Shape):
    """No value."""

    kind: ClassVar[base.Kind] = "null"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "null"}

    @property
    def expected(self) -> str:
        return "null"

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        if value is not None:
            yield self.wrong_type(value, path)

    def convert(self, value: Any) -> None:
        del value


@dataclass(frozen=True, slots=True)
class List(base.Shape):
    """Avro's array."""

    kind: ClassVar[base.Kind] = "array"
    items: base.Shape
    min_items: int | None = None
    max_items: int | None = None

    def json_schema(self) -> dict[str, Any]:
        bounds = base.bounds(minItems=self.min_items, maxItems=self.max_items)
        return {"type": "array", "items": self.items.json_schema(), **bounds}

    @property
    def expected(self) -> str:
        return "a list" + base.between(self.min_items, self.max_items, "items")

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, list):
            yield self.wrong_type(value, path)
            return
        if self.min_items is not None and len(value) < self.min_items:
            yield self.wrong(value, path, "minItems", f"must have at least {self.min_items} items, has {len(value)}")
        if self.max_items is not None and len(value) > self.max_items:
            yield self.wrong(value, path, "maxItems", f"must have at most {self.max_items} items, has {len(value)}")
        for index, item in enumerate(value):
            yield from self.items.check(item, f"{path}[{index}]")

    def convert(self, value: Any) -> list[Any]:
        return [self.items.convert(item) for item in value]


@dataclass(frozen=True, slots=True)
class Member:
    """A property of an object: Avro's field. `description` is its doc."""

    name: str
    shape: base.Shape
    description: str

    def json_schema(self) -> dict[str, Any]:
        """Its shape's JSON Schema, described by its own doc where it has one."""
        described = {"description": self.description} if self.description else {}
        return {**self.shape.json_schema(), **described}


@dataclass(frozen=True, slots=True)
class Object(base.Shape):
    """Avro's record. Every member is required and no other is allowed."""

    kind: ClassVar[base.Kind] = "object"
    members: tuple[Member, ...]
    description: str = ""

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            **({"description": self.description} if self.description else {}),
            "properties": {member.name: member.json_schema() for member in self.members},
            "required": [member.name for member in self.members],
            "additionalProperties": False,
        }

    @property
    def expected(self) -> str:
        return "an object with " + ", ".join(member.name for member in self.members)

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield self.wrong_type(value, path)
            return
        for member in self.members:
            where = base.member(path, member.name)
            if member.name in value:
                yield from member.shape.check(value[member.name], where)
            else:
                yield base.violation(where, "required", "is missing", expected=member.shape.expected)
        known = {member.name for member in self.members}
        for name in value:
            if name not in known:
                where = base.member(path, str(name))
                yield base.violation(where, "additional", "is not a property of the answer", found=value[name])

    def convert(self, value: Any) -> dict[str, Any]:
        return {member.name: member.shape.convert(value[member.name]) for member in self.members}


@dataclass(frozen=True, slots=True)
class Union(base.Shape):
    """One of several shapes of different JSON kinds, so that a value's kind tells which."""

    kind: ClassVar[base.Kind] = "null"
    branches: tuple[base.Shape, ...]

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [branch.json_schema() for branch in self.branches]}

    @property
    def expected(self) -> str:
        # Null last: "text or null" reads better, whatever the order in Avro.
        ordered = sorted(self.branches, key=lambda branch: branch.kind == "null")
        return " or ".join(branch.expected for branch in ordered)

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        branch = self._branch(value)
        if branch is None:
            yield self.wrong_type(value, path)
        else:
            yield from branch.check(value, path)

    def convert(self, value: Any) -> Any:
        branch = self._branch(value)
        assert branch is not None
        return branch.convert(value)

    def _branch(self, value: Any) -> base.Shape | None:
        kind = base.kind_of(value)
        return next((branch for branch in self.branches if branch.kind == kind), None)
