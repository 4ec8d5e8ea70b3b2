"""What breaks readers of a changed schema, held against the words of Avro's own checker where it decides."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import avro.schema
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from processor.core.wire import changes

if TYPE_CHECKING:
    from collections.abc import Callable

LINE = {"type": "record", "name": "Line", "fields": [{"name": "count", "type": "int"}]}
OLD: dict[str, Any] = {
    "type": "record",
    "name": "A",
    "fields": [
        {"name": "text", "type": "string"},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["a", "b"]}},
        {"name": "lines", "type": {"type": "array", "items": LINE}},
        {"name": "prices", "type": {"type": "map", "values": ["null", "double"]}},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "key", "type": {"type": "fixed", "name": "Key", "size": 4}},
    ],
}


def parsed(raw: Any) -> avro.schema.Schema:
    return avro.schema.parse(json.dumps(raw))


def changed(change: Callable[[Any], Any]) -> avro.schema.Schema:
    raw = copy.deepcopy(OLD)
    change(raw["fields"])
    return parsed(raw)


def at(index: int, **changes_: Any) -> Callable[[Any], Any]:
    return lambda fields: fields[index].update(changes_)


CHANGES: list[tuple[Callable[[Any], Any], tuple[str, ...], tuple[str, ...]]] = [
    (lambda fields: None, (), ()),
    (at(0, doc="said better"), (), ()),
    (lambda fields: fields.append({"name": "n", "type": "int"}), ("$.n is new and has no default",), ()),
    (lambda fields: fields.append({"name": "n", "type": "int", "default": 0}), (), ()),
    (lambda fields: fields.pop(0), (), ("$.text is gone, without default",)),
    (lambda fields: fields.pop(4), (), ()),
    (at(0, type="int"), ("$.text was string and is int",), ("$.text was string and is int",)),
    (at(0, type="bytes"), (), ()),
    (lambda fields: fields[1]["type"]["symbols"].pop(), ("$.kind can no longer be b",), ()),
    (lambda fields: fields[1]["type"]["symbols"].append("c"), (), ("$.kind can now be c",)),
    (
        lambda fields: fields[1]["type"].update(name="Sort"),
        ("$.kind was Kind and is Sort",),
        ("$.kind was Kind and is Sort",),
    ),
    (
        lambda fields: fields[2]["type"]["items"]["fields"][0].update(type="long"),
        (),
        ("$.lines[*].count was int and is long",),
    ),
    (at(3, type={"type": "map", "values": "double"}), ("$.prices[*] can no longer be null",), ()),
    (
        at(3, type={"type": "map", "values": ["null", "string"]}),
        ("$.prices[*] can no longer be double",),
        ("$.prices[*] can now be string",),
    ),
    (at(4, type=["null", "string", "int"]), (), ("$.note can now be int",)),
    (at(0, type=["null", "string"]), (), ("$.text can now be null",)),
    (lambda fields: fields[5]["type"].update(size=5), ("$.key has another size",), ("$.key has another size",)),
]


@pytest.mark.parametrize(("change", "backward", "forward"), CHANGES)
def test_what_breaks_whom(change: Callable[[Any], Any], backward: tuple[str, ...], forward: tuple[str, ...]):
    old, new = parsed(OLD), changed(change)

    assert changes.breaking(old, new, "BACKWARD") == backward
    assert changes.breaking(old, new, "FORWARD_TRANSITIVE") == forward
    assert set(changes.breaking(old, new, "FULL")) == {*backward, *forward}
    assert changes.breaking(old, new, "NONE") == ()


@pytest.mark.parametrize(("change", "backward", "forward"), CHANGES)
def test_avros_own_checker_agrees(change: Callable[[Any], Any], backward: tuple[str, ...], forward: tuple[str, ...]):
    old, new = parsed(OLD), changed(change)
    compatible = SchemaCompatibilityType.compatible

    for reader, writer, breaks in ((new, old, backward), (old, new, forward)):
        found = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
        assert (found.compatibility is compatible) == (not breaks)


def test_a_record_inside_a_union_says_what_changed_in_it():
    wide = {**OLD, "fields": [{"name": "line", "type": ["null", LINE]}]}
    narrow = json.loads(json.dumps(wide).replace('"int"', '"string"'))

    assert changes.breaking(parsed(wide), parsed(narrow), "BACKWARD") == ("$.line.count was int and is string",)
