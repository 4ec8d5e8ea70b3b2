"""Decoded records, from JSON or Avro -> Event and Work, checked: producers write what they like.

Messages name the field that is wrong and hold nothing of its contents.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeVar

from processor.core.records import Attempt, Event, Origin, Usage, Violation, Work
from processor.core.wire import headers, plain, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Message

ID_LIMIT = 200
"""Characters of an event's id and of a task's name."""

T = TypeVar("T")


def event(record: Any) -> Event:
    """An event out of a decoded message.

    Args:
        record: an object with `id`, `task`, `input` and perhaps `created_at`, `attributes`; others are left alone.
            `input` is an object, or the JSON text of one.

    Raises:
        ValueError: what is missing or of another type.
    """
    if not isinstance(record, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - one kind of error for all that is no event
    return Event(
        id=_name(record, "id"),
        task=_name(record, "task"),
        input=_input(record),
        created_at=_time(record, "created_at"),
        attributes=_attributes(record),
    )


def work(record: Any, message: Message) -> Work:
    """Work out of a record of the retry topic.

    Raises:
        ValueError: the record is not one that untuned wrote.
    """
    try:
        return Work(
            event=event(record["event"]),
            attempt=_typed(record, "attempt", int),
            attempts=tuple(attempt(item) for item in _typed(record, "attempts", list)),
            origin=message.origin,
            first=origin(record["first"]),
            key=message.key,
            headers=message.headers,
            due_at=_time(record, "due_at"),
            delay=_typed(record, "delay_ms", int) / 1000 if "delay_ms" in record else 0.0,
            call_failures=_typed(record, "call_failures", int) if "call_failures" in record else 0,
            replay=headers.replay(message.headers),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("it is not a retry record") from error


def _name(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field)
    if value is None:
        raise ValueError(f"it has no `{field}`")
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"its `{field}` is not a string, or empty")
    if len(value) > ID_LIMIT:
        raise ValueError(f"its `{field}` has more than {ID_LIMIT} characters")
    if not value.isprintable():
        raise ValueError(f"its `{field}` holds characters that cannot be printed")
    return value


def _input(record: Mapping[str, Any]) -> Mapping[str, Any]:
    value = record.get("input")
    if value is None:
        raise ValueError("it has no `input`")
    if isinstance(value, str):
        try:
            value = strict_json.loads(value)
        except ValueError as error:
            raise ValueError(f"its `input` is not the text of a JSON object: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("its `input` is not an object")  # noqa: TRY004
    return value


def _attributes(record: Mapping[str, Any]) -> Mapping[str, str]:
    value = record.get("attributes")
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("its `attributes` are not an object of strings")
    return value


def _time(record: Mapping[str, Any], field: str) -> datetime | None:
    given = record.get(field)
    value = plain.time(given) if isinstance(given, str) else given
    if given is not None and not isinstance(value, datetime):
        raise ValueError(f"its `{field}` is not a time in RFC 3339 with its offset, as 2026-01-31T09:30:00Z")
    return value


def _typed(record: Mapping[str, Any], field: str, kind: type[T]) -> T:
    value = record[field]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"its `{field}` is not of type {kind.__name__}")  # noqa: TRY004
    return value


def _number(record: Mapping[str, Any], field: str) -> float:
    value = record[field]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else _typed(record, field, float)


def _strings(record: Mapping[str, Any], *fields: str) -> dict[str, str]:
    return {field: _typed(record, field, str) for field in fields}


def _usage(record: Mapping[str, Any]) -> Usage:
    names = ("input_tokens", "output_tokens", "cached_tokens")
    return Usage(*(_typed(record, name, int) for name in names))


def _cost(record: Mapping[str, Any]) -> Decimal | None:
    if record["cost_usd"] is None:
        return None
    try:
        return Decimal(_typed(record, "cost_usd", str))
    except InvalidOperation as error:
        raise ValueError("its `cost_usd` is not a decimal number") from error


def origin(record: Mapping[str, Any]) -> Origin:
    """Where a message stood, as untuned's records have it.

    Raises:
        ValueError, KeyError, TypeError: the record is not one that untuned wrote.
    """
    return Origin(
        topic=_typed(record, "topic", str),
        **{name: _typed(record, name, int) for name in ("partition", "offset", "timestamp_ms")},
    )


def attempt(record: Mapping[str, Any]) -> Attempt:
    """One finished attempt, as untuned's records have it.

    Raises:
        ValueError, KeyError, TypeError: the record is not one that untuned wrote.
    """
    return Attempt(
        number=_typed(record, "number", int),
        **_strings(record, "step", "model", "answer", "finish_reason"),
        violations=tuple(
            Violation(**_strings(item, "path", "rule", "message", "found", "expected"))
            for item in _typed(record, "violations", list)
        ),
        usage=_usage(record["usage"]),
        cost=_cost(record),
        seconds=round(_number(record, "duration_ms") / 1000, 6),
        confidence=None if record.get("confidence") is None else _number(record, "confidence"),
    )
