"""The text of an Avro schema file, parsed, with errors that name the line."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import avro.errors
import avro.name
import avro.schema

from processor.core import errors
from processor.core.contracts import located

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.contracts.located import Located


def parse(text: str, path: str) -> tuple[Located, avro.schema.RecordSchema]:
    """A record schema, as JSON with lines and as `avro` understands it.

    Raises:
        DefinitionError: it is not JSON, not a record, or not Avro.
    """
    try:
        raw = located.loads(text)
    except located.LocatedError as error:
        raise errors.DefinitionError(path, str(error), error.line) from error
    if not isinstance(raw, located.Located) or raw.get("type") != "record":
        raise errors.DefinitionError(path, 'an answer schema is one Avro record: {"type": "record", …}', 1)
    try:
        return raw, _understand(raw)
    except (avro.errors.AvroException, avro.errors.AvroWarning, TypeError, AttributeError) as error:
        message, line = _blame(raw, error)
        raise errors.DefinitionError(path, message, line) from error


def _understand(raw: Located) -> avro.schema.RecordSchema:
    with warnings.catch_warnings():
        # avro only warns of a logical type that it does not know or that does not fit its type.
        warnings.simplefilter("error")
        return avro.schema.make_avsc_object(raw, avro.name.Names())


def _blame(raw: Located, error: Exception) -> tuple[str, int]:
    """What avro says, with the line of the first field that makes it say so."""
    fields = raw.get("fields")
    fields = fields if isinstance(fields, list) else []
    for count, entry in enumerate(fields, start=1):
        try:
            _understand(located.Located({**raw, "fields": fields[:count]}))
        except Exception as narrower:  # noqa: BLE001 - whatever it is, this field brings it up
            if not isinstance(entry, located.Located):
                return "a field must be an object", raw.line
            message = _innermost(narrower)
            for record in _records_in(entry.get("type")):
                found, line = _blame(record, narrower)
                if found.startswith("field ") and found.endswith(message):
                    return found, line
            return f"field `{entry.get('name')}`: {message}", entry.line
    return _innermost(error), raw.line


def _records_in(raw: object) -> Iterator[Located]:
    """The records that are defined inside a type."""
    if isinstance(raw, located.Located) and raw.get("type") == "record":
        yield raw
    elif isinstance(raw, located.Located):
        yield from _records_in(raw.get("items"))
        yield from _records_in(raw.get("values"))
    elif isinstance(raw, list):
        for branch in raw:
            yield from _records_in(branch)


def _innermost(error: Exception) -> str:
    """Avro wraps a message once for every level, each time with the whole schema; the last one says what is wrong."""
    message = str(error).rsplit("valid Avro schema: ", 1)[-1].split(" (known names", 1)[0]
    return message.replace("Could not make an Avro Schema object from", "there is no type")
