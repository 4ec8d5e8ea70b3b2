"""Avro's binary encoding, by the `avro` package, trimmed and mended for what untuned writes."""

from __future__ import annotations

import datetime as dt
import decimal
import io
from typing import Any

import avro.errors
import avro.io
import avro.schema

LONG = 1 << 63

TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "int": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "string": (str,),
    "uuid": (str,),
    "enum": (str,),
    "bytes": (bytes,),
    "decimal": (decimal.Decimal,),
    "date": (dt.date,),
    "timestamp-millis": (dt.datetime,),
    "timestamp-micros": (dt.datetime,),
    "array": (list,),
    "map": (dict,),
    "record": (dict,),
}
"""Which Python types the types have that untuned writes."""


class _Encoder(avro.io.BinaryEncoder):  # type: ignore[misc]  # avro has no type information
    """The leaves, with fewer calls than the package makes, and two holes closed.

    A number that no long can hold is an error, and text that holds half a surrogate pair (models may write such text)
    is written with a question mark for it.
    """

    def write_long(self, datum: int) -> None:
        if not -LONG <= datum < LONG:
            raise OverflowError("more than 64 bits")
        rest = (datum << 1) ^ (datum >> 63)
        digits = bytearray()
        while rest > 0x7F:  # noqa: PLR2004 - seven bits a byte
            digits.append(rest & 0x7F | 0x80)
            rest >>= 7
        digits.append(rest)
        self.writer.write(digits)

    def write_bytes(self, datum: bytes) -> None:
        self.write_long(len(datum))
        self.writer.write(datum)

    def write_utf8(self, datum: str) -> None:
        self.write_bytes(datum.encode("utf-8", "replace"))


class _Writer(avro.io.DatumWriter):  # type: ignore[misc]
    """Writes without a validation of its own: `write_data` notices wrong types anyway.

    In a union the package takes the last branch that may hold the value, so that True in a union of boolean and long
    becomes 1, and some of its branches raise at values of others. Here the value's own type tells.
    """

    def write_union(self, writers_schema: avro.schema.UnionSchema, datum: Any, encoder: avro.io.BinaryEncoder) -> None:
        for index, branch in enumerate(writers_schema.schemas):
            if type(datum) in TYPES[getattr(branch, "logical_type", None) or branch.type]:
                encoder.write_long(index)
                self.write_data(branch, datum, encoder)
                return
        raise avro.errors.AvroTypeException("no branch of the union is of the value's type")


def encode(schema: avro.schema.Schema, value: Any) -> bytes:
    """A typed value in Avro's binary encoding.

    Raises:
        ValueError: the value does not fit the schema.
    """
    out = io.BytesIO()
    try:
        _Writer().write_data(schema, value, _Encoder(out))
    except (avro.errors.AvroException, AttributeError, TypeError, OverflowError) as error:
        raise ValueError(f"the value does not fit the schema {getattr(schema, 'fullname', schema.type)}") from error
    return out.getvalue()


def decode(data: bytes, writer: avro.schema.Schema, reader: avro.schema.Schema | None = None) -> Any:
    """The value of Avro's binary encoding, all of `data`.

    Args:
        data: hostile bytes.
        writer: the schema that they were written with.
        reader: the schema to read them as, where it is another version.

    Raises:
        ValueError: the bytes are not that.
    """
    stream = io.BytesIO(data)
    try:
        value = avro.io.DatumReader(writer, reader).read(avro.io.BinaryDecoder(stream))
    except Exception as error:
        # Not only AvroException: hostile lengths, dates and depths bring up what Python has for them.
        raise ValueError("it is not Avro of its schema") from error
    if stream.read(1):
        raise ValueError("bytes are left over behind it")
    return value
