"""The fingerprint that Avro's single-object encoding names a schema by.

Source: Avro 1.12 specification, "Parsing Canonical Form for Schemas" and "Schema Fingerprints" (CRC-64-AVRO). The
canonical form of the `avro` package keeps primitive types with properties as objects, which is not what other languages
compute; so it is made here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import avro.schema

_EMPTY = 0xC15D213AA4D7A795


def _table_entry(index: int) -> int:
    value = index
    for _ in range(8):
        value = (value >> 1) ^ (_EMPTY if value & 1 else 0)
    return value


_TABLE = tuple(_table_entry(index) for index in range(256))


def fingerprint(schema: avro.schema.Schema) -> bytes:
    """The 8 bytes, little-endian, as they stand in a message."""
    value = _EMPTY
    for byte in canonical(schema).encode():
        value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
    return value.to_bytes(8, "little")


def canonical(schema: avro.schema.Schema) -> str:
    """The Parsing Canonical Form."""
    return json.dumps(_canonical(schema, set()), separators=(",", ":"), ensure_ascii=False)


def _canonical(schema: avro.schema.Schema, seen: set[str]) -> Any:
    kind = schema.type
    if kind == "union":
        return [_canonical(branch, seen) for branch in schema.schemas]
    if kind == "array":
        return {"type": kind, "items": _canonical(schema.items, seen)}
    if kind == "map":
        return {"type": kind, "values": _canonical(schema.values, seen)}
    if kind not in ("record", "enum", "fixed"):
        return kind
    if schema.fullname in seen:
        return schema.fullname
    seen.add(schema.fullname)
    named: dict[str, Any] = {"name": schema.fullname, "type": kind}
    if kind == "record":
        named["fields"] = [{"name": field.name, "type": _canonical(field.type, seen)} for field in schema.fields]
    elif kind == "enum":
        named["symbols"] = list(schema.symbols)
    else:
        named["size"] = schema.size
    return named
