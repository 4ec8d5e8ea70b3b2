"""What of a changed schema breaks readers, in words. Whether a registry takes it is the registry's to say; this is why.

Source: Avro 1.12 specification, "Schema Resolution".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import avro.schema

Direction = Literal["backward", "forward"]

_LEVELS: dict[str, tuple[Direction, ...]] = {
    "BACKWARD": ("backward",),
    "FORWARD": ("forward",),
    "FULL": ("backward", "forward"),
}
_PROMOTED = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}
"""Which types may read what a type wrote."""


def breaking(old: avro.schema.Schema, new: avro.schema.Schema, level: str) -> tuple[str, ...]:
    """The changes from one schema to the next that a compatibility level does not allow.

    Args:
        old: as it was written until now.
        new: as it would be written.
        level: of the registry: `BACKWARD` (new readers read old records), `FORWARD` (old readers read new ones), `FULL`
            (both), each also `…_TRANSITIVE`.
    """
    found: dict[str, None] = {}
    for direction in _LEVELS.get(level.removesuffix("_TRANSITIVE"), ()):
        reader, writer = (new, old) if direction == "backward" else (old, new)
        found.update(dict.fromkeys(_unreadable(reader, writer, "$", direction)))
    return tuple(found)


def _unreadable(reader: Any, writer: Any, path: str, direction: Direction) -> Iterator[str]:
    if "union" in (reader.type, writer.type):
        yield from _branches(_in(reader), _in(writer), path, direction)
    elif reader.type != writer.type:
        if reader.type not in _PROMOTED.get(writer.type, ()):
            yield f"{path} {_turned(writer.type, reader.type, direction)}"
    elif reader.type == "array":
        yield from _unreadable(reader.items, writer.items, f"{path}[*]", direction)
    elif reader.type == "map":
        yield from _unreadable(reader.values, writer.values, f"{path}[*]", direction)
    elif reader.type in ("record", "enum", "fixed"):
        yield from _named(reader, writer, path, direction)


def _named(reader: Any, writer: Any, path: str, direction: Direction) -> Iterator[str]:
    if reader.name != writer.name:
        yield f"{path} {_turned(writer.name, reader.name, direction)}"
    elif reader.type == "record":
        yield from _fields(reader, writer, path, direction)
    elif reader.type == "enum":
        yield from _symbols(reader, writer, path, direction)
    elif reader.size != writer.size:
        yield f"{path} has another size"


def _fields(reader: Any, writer: Any, path: str, direction: Direction) -> Iterator[str]:
    written = {field.name: field for field in writer.fields}
    for field in reader.fields:
        where = f"{path}.{field.name}"
        if field.name in written:
            yield from _unreadable(field.type, written[field.name].type, where, direction)
        elif not field.has_default:
            yield (
                f"{where} is new and has no default" if direction == "backward" else f"{where} is gone, without default"
            )


def _symbols(reader: Any, writer: Any, path: str, direction: Direction) -> Iterator[str]:
    unknown = [symbol for symbol in writer.symbols if symbol not in reader.symbols]
    if unknown and reader.get_prop("default") is None:
        yield f"{path} {_lost_or_won(direction)} {', '.join(unknown)}"


def _branches(readers: list[Any], writers: list[Any], path: str, direction: Direction) -> Iterator[str]:
    for writer in writers:
        fitting = [list(_unreadable(reader, writer, path, direction)) for reader in readers]
        if [] in fitting:
            continue
        same = [found for found, reader in zip(fitting, readers, strict=True) if _name(reader) == _name(writer)]
        yield from same[0] if same else [f"{path} {_lost_or_won(direction)} {_name(writer)}"]


def _in(schema: Any) -> list[Any]:
    return list(schema.schemas) if schema.type == "union" else [schema]


def _name(schema: Any) -> str:
    return str(getattr(schema, "name", schema.type))


def _turned(writer: str, reader: str, direction: Direction) -> str:
    old, new = (writer, reader) if direction == "backward" else (reader, writer)
    return f"was {old} and is {new}"


def _lost_or_won(direction: Direction) -> str:
    return "can no longer be" if direction == "backward" else "can now be"
