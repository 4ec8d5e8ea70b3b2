"""An Avro answer schema -> its tree of shapes.

The schema and its JSON are walked side by side: `avro` has resolved the names, only the JSON has the lines.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.core.contracts.located import Located
from processor.core.contracts.shapes import containers, defaults, leaf, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    import avro.schema

    from processor.core.contracts.shapes.base import Shape

DEPTH_LIMIT = 10
"""Levels of objects and lists inside each other, as OpenAI's structured outputs allow them."""

NAME_LIMIT = 64
"""Characters of the record's name, which is the schema's name in a model call."""

OWN_NAMESPACE = "untuned"
"""The namespace of the envelopes."""

_FIELD_KEYS = {"name", "type", "doc", "default", "order", "aliases"}
_TYPE_KEYS = {"type", "name", "namespace", "doc", "aliases", "fields", "symbols", "items", "values", "default"} | {
    "logicalType",
    "precision",
    "scale",
    "size",
}
UNSUPPORTED = {
    "bytes": "bytes are not supported: use a string, or bytes with logicalType decimal",
    "fixed": "fixed is not supported: use a string with a pattern, or fixed with logicalType decimal",
    "time-millis": "times of day are not supported: use a string with a pattern",
    "time-micros": "times of day are not supported: use a string with a pattern",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the schema file we are, for messages, and what is above."""

    path: str
    line: int
    name: str
    above: tuple[str, ...] = ()
    depth: int = 0
    definitions: dict[str, Any] = field(default_factory=dict, compare=False)

    def error(self, message: str) -> errors.DefinitionError:
        return errors.DefinitionError(self.path, f"{self.name}: {message}" if self.name else message, self.line)

    def at(self, raw: Any) -> _Place:
        return replace(self, line=raw.line) if isinstance(raw, Located) else self


def build(raw: Located, schema: avro.schema.RecordSchema, path: str) -> containers.Object:
    """The shape of a whole answer.

    Raises:
        DefinitionError: the schema holds what an answer schema may not; with the line.
    """
    where = _Place(path, raw.line, "")
    if len(schema.name) > NAME_LIMIT:
        raise where.error(f"the record's name may have at most {NAME_LIMIT} characters")
    shape = _record(schema, raw, where)
    for name in where.definitions:
        if name.rpartition(".")[0] == OWN_NAMESPACE:
            raise where.error(f"{name}: the namespace `{OWN_NAMESPACE}` is taken, use one of your own")
        if name == f"{schema.fullname}Result":
            raise where.error(f"{name} is what the record of this task's results is called: use another name")
    return shape


def _shape(schema: avro.schema.Schema, raw: Any, given: Mapping[str, Any], where: _Place) -> Shape:
    """The shape of a type. `given` are the check properties of the field that it stands in."""
    where = where.at(raw)
    raw = where.definitions.get(schema.fullname, raw) if isinstance(raw, str) and hasattr(schema, "fullname") else raw
    own: Mapping[str, Any] = raw if isinstance(raw, Located) else {}
    logical = getattr(schema, "logical_type", None)
    if (logical or schema.type) in UNSUPPORTED:
        raise where.error(UNSUPPORTED[logical or schema.type])
    _refuse_unknown(own, _TYPE_KEYS, where)
    checks = {**given, **leaf.checks_in(own)}
    for name in checks:
        if name not in leaf.allowed(schema):
            fits = ", ".join(leaf.allowed(schema)) or "no checks"
            raise where.error(f"`{name}` does not fit the type {logical or schema.type}, which takes {fits}")
    if schema.type == "union":
        return _union(schema, raw, checks, where)
    if schema.type == "record":
        return _record(schema, raw, where)
    if schema.type == "array":
        return _array(schema, raw, checks, where)
    if schema.type == "map":
        return _map(schema, raw, checks, where)
    if schema.type in ("enum", "fixed"):
        where.definitions[schema.fullname] = raw
    return leaf.build(schema, checks, where.error)


def _record(schema: avro.schema.RecordSchema, raw: Located, where: _Place) -> containers.Object:
    if schema.fullname in where.above:
        raise where.error(f"{schema.fullname} holds itself: recursive types are not supported")
    where.definitions[schema.fullname] = raw
    _refuse_unknown(raw, _TYPE_KEYS, where)
    if not schema.fields:
        raise where.error(f"the record {schema.fullname} has no fields")
    inside = _deeper(where, schema.fullname)
    members = (_member(member, entry, inside) for member, entry in zip(schema.fields, raw["fields"], strict=True))
    return containers.Object(tuple(members), _doc(raw, where))


def _member(member: avro.schema.Field, raw: Located, where: _Place) -> containers.Member:
    where = replace(where.at(raw), name=f"field `{member.name}`")
    _refuse_unknown(raw, _FIELD_KEYS, where)
    shape = _shape(member.type, raw["type"], leaf.checks_in(raw), where)
    if member.has_default:
        defaults.check(shape, member.default, where.error)
    return containers.Member(member.name, shape, _doc(raw, where))


def _array(schema: avro.schema.ArraySchema, raw: Any, checks: Mapping[str, Any], where: _Place) -> containers.List:
    items = _shape(schema.items, raw["items"], {}, _deeper(where))
    return containers.List(items, *leaf.lengths(checks, "Items", where.error))


def _map(schema: avro.schema.MapSchema, raw: Any, checks: Mapping[str, Any], where: _Place) -> mapping.Map:
    # In the answer it is two levels: the list, and the entries in it.
    values = _shape(schema.values, raw["values"], {}, _deeper(_deeper(where)))
    return mapping.of(values, *leaf.lengths(checks, "Items", where.error))


def _union(schema: avro.schema.UnionSchema, raw: Any, checks: Mapping[str, Any], where: _Place) -> containers.Union:
    branches: list[Shape] = []
    for branch, entry in zip(schema.schemas, raw, strict=True):
        fitting = {name: value for name, value in checks.items() if name in leaf.allowed(branch)}
        shape = _shape(branch, entry, fitting, where)
        if any(shape.kind == other.kind for other in branches):
            raise where.error(
                f"a union may hold one type of each JSON kind, and here two are a JSON {shape.kind}: "
                "a value would not tell which is meant"
            )
        branches.append(shape)
    if not branches:
        raise where.error("the union has no types")
    if {containers.Object, mapping.Map} <= {type(branch) for branch in branches}:
        raise where.error("a union of a record and a map: in results both are objects, which would not tell them apart")
    return containers.Union(tuple(branches))


def _deeper(where: _Place, *names: str) -> _Place:
    if where.depth >= DEPTH_LIMIT:
        raise where.error(f"more than {DEPTH_LIMIT} levels of records, arrays and maps inside each other")
    return replace(where, above=(*where.above, *names), depth=where.depth + 1)


def _doc(raw: Mapping[str, Any], where: _Place) -> str:
    doc = raw.get("doc", "")
    if not isinstance(doc, str):
        raise where.error("`doc` must be a string")
    return doc


def _refuse_unknown(raw: Mapping[str, Any], known: set[str], where: _Place) -> None:
    """A misspelt property would silently check nothing. Names with a dot belong to other tools."""
    allowed = known | set(leaf.CHECKS)
    for name in raw:
        if name not in allowed and "." not in name:
            near = difflib.get_close_matches(name, sorted(allowed), n=1)
            raise where.error(f"unknown property `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
