"""Avro's binary encoding, by the `avro` package, trimmed and mended for what untuned writes."""

from __future__ import annotations

import io
from typing import Any

import avro.errors
import avro.io
import avro.schema

from processor.core.shapes import base


class _Encoder(avro.io.BinaryEncoder):  # type: ignore[misc]  # avro has no type information
    """Writes text that holds half a surrogate pair with a question mark for it: models may write such text."""

    def write_utf8(self, datum: str) -> None:
        self.write_bytes(datum.encode("utf-8", "replace"))


class _Writer(avro.io.DatumWriter):  # type: ignore[misc]
    """Writes without a validation of its own: `write_data` notices wrong types anyway.

    The package takes the last branch of a union that could hold a value, so that True in a union of boolean and long
    becomes 1. Here the first one does whose values are of the value's own kind.
    """

    def write_union(self, writers_schema: avro.schema.UnionSchema, datum: Any, encoder: avro.io.BinaryEncoder) -> None:
        for index, branch in enumerate(writers_schema.schemas):
            if isinstance(datum, bool) is (branch.type == "boolean") and branch.validate(datum) is not None:
                encoder.write_long(index)
                self.write_data(branch, datum, encoder)
                return
        raise avro.errors.AvroTypeException(writers_schema, "a union", base.kind_of(datum))


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
