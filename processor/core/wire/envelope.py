"""Decisions -> the records of the results, retry and review topics, as dicts in the shape of schemas/envelope.*.avsc.

Times are aware datetimes; milliseconds are exact to the microsecond. Free JSON (an event's input, an answer that is not
accepted yet) is JSON text with `as_text`, for Avro, and else the JSON itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from processor.core.records import Action, Usage
from processor.core.wire import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from processor.core.definition import Calibration
    from processor.core.records import (
        Attempt,
        Event,
        Lease,
        Origin,
        Passage,
        Result,
        Retry,
        Review,
        Ruling,
        Size,
        Violation,
    )

Record = dict[str, Any]


def result(decision: Result, now: datetime) -> Record:
    """The record of a result; its `answer` is the typed answer."""
    work, made, ruling = decision.work, decision.provenance, decision.ruling
    by_model = ruling is None or ruling.action is Action.ACCEPT
    return {
        "event_id": work.event.id,
        "task": work.event.task,
        "created_at": work.event.created_at,
        "attributes": dict(work.event.attributes),
        "answer": dict(decision.answer),
        "decided_by": "model" if ruling is None else "person",
        "decided_at": now,
        "version": made.version,
        "model": made.attempts[-1].model if made.attempts and by_model else "",
        "warnings": [_violation(item) for item in decision.warnings],
        "attempts": [_attempt(item) for item in made.attempts],
        "passages": [_passage(item) for item in made.passages],
        "passages_cut": list(made.cut),
        "prompt": _size(made.size),
        "calibration": _calibration(decision.calibration),
        "reviewed": _reviewed(ruling),
        "usage": _usage(made.usage),
        "cost_usd": _cost(made.cost),
        "durations_ms": _durations(made.durations),
        "latency_ms": round(now.timestamp() * 1000 - work.first.timestamp_ms, 3),
        "first": _origin(work.first),
    }


def retry(decision: Retry, now: datetime, *, as_text: bool) -> Record:
    """The record of a retry, due `due_in` seconds from now."""
    work, made = decision.work, decision.provenance
    return {
        "event": _event(work.event, as_text=as_text),
        "attempt": decision.attempt,
        "due_at": now + timedelta(seconds=decision.due_in),
        "delay_ms": round(decision.due_in * 1000),
        "call_failures": work.call_failures if decision.parked else 0,
        "version": made.version,
        "violations": [_violation(item) for item in decision.violations],
        "attempts": [_attempt(item) for item in work.attempts],
        "usage": _usage(work.usage),
        "cost_usd": _cost(made.cost),
        "first": _origin(work.first),
    }


def review(decision: Review, now: datetime, *, as_text: bool) -> Record:
    """The record of a review item; the message's bytes are kept in it where they could not be decoded."""
    work, made, origin = decision.work, decision.provenance, decision.message.origin
    return {
        "reason": decision.reason.value,
        "inclusion": decision.inclusion,
        "detail": decision.detail,
        "at": now,
        "event": None if work is None else _event(work.event, as_text=as_text),
        "raw": decision.message.value if work is None else None,
        "violations": [_violation(item) for item in decision.violations],
        "answer": None if decision.answer is None else _json(decision.answer, as_text=as_text),
        "version": None if made is None else made.version,
        "attempts": [] if work is None else [_attempt(item) for item in work.attempts],
        "passages": [] if made is None else [_shown_passage(item, as_text=as_text) for item in made.passages],
        "passages_cut": [] if made is None else list(made.cut),
        "prompt": None if made is None else _size(made.size),
        "usage": _usage(Usage() if work is None else work.usage),
        "cost_usd": None if made is None else _cost(made.cost),
        "durations_ms": {} if made is None else _durations(made.durations),
        "origin": _origin(origin),
        "first": _origin(origin if work is None else work.first),
    }


def ruling(decision: Ruling, *, as_text: bool) -> Record:
    """The record of a reviewer's decision."""
    return {
        "id": decision.id,
        "event_id": decision.event_id,
        "task": decision.task,
        "replay": decision.replay,
        "decided_by": decision.by,
        "action": decision.action.value,
        "answer": None if decision.answer is None else _json(decision.answer, as_text=as_text),
        "note": decision.note,
        "overridden": [_violation(item) for item in decision.overridden],
        "blind": decision.blind,
        "inclusion": decision.inclusion,
        "decided_at": decision.at,
        "seconds": decision.seconds,
    }


def lease(made: Lease) -> Record:
    """The record of a lease."""
    return {
        "event_id": made.event_id,
        "task": made.task,
        "replay": made.replay,
        "held_by": made.by,
        "seconds": made.seconds,
    }


def _reviewed(made: Ruling | None) -> Record | None:
    if made is None:
        return None
    return {"by": made.by, "action": made.action.value, "seconds": made.seconds, "decision": made.id}


def _event(event: Event, *, as_text: bool) -> Record:
    return {
        "id": event.id,
        "task": event.task,
        "input": _json(event.input, as_text=as_text),
        "created_at": event.created_at,
        "attributes": dict(event.attributes),
    }


def _violation(item: Violation) -> Record:
    return {
        "path": item.path,
        "rule": item.rule,
        "message": item.message,
        "found": item.found,
        "expected": item.expected,
    }


def _attempt(item: Attempt) -> Record:
    return {
        "number": item.number,
        "step": item.step,
        "model": item.model,
        "answer": item.answer,
        "finish_reason": item.finish_reason,
        "violations": [_violation(violation) for violation in item.violations],
        "usage": _usage(item.usage),
        "cost_usd": _cost(item.cost),
        "duration_ms": _milliseconds(item.seconds),
        "confidence": item.confidence,
    }


def _passage(item: Passage) -> Record:
    return {
        "id": item.id,
        "kind": item.kind,
        "source": item.source,
        "title": item.title,
        "score": item.score,
        "content_hash": item.content_hash,
    }


def _shown_passage(item: Passage, *, as_text: bool) -> Record:
    given, answer = (part if as_text or part is None else plain.opened_text(part) for part in (item.input, item.answer))
    made = {**_passage(item), "text": item.text, "input": given, "answer": answer}
    return {**made, "retrieval": item.retrieval, "columns": dict(item.columns)}


def _size(size: Size | None) -> Record | None:
    if size is None:
        return None
    parts = [{"name": part.name, "tokens": part.tokens, "cut": part.cut} for part in size.parts]
    return {"counted_by": size.counted_by, "parts": parts}


def _calibration(made: Calibration | None) -> Record | None:
    if made is None:
        return None
    return {"of": made.of, "date": made.date, "max_error": made.max_error, "confidence": made.confidence}


def _json(value: Any, *, as_text: bool) -> Any:
    return plain.text(value) if as_text else value


def _usage(usage: Usage) -> Record:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
    }


def _cost(cost: Decimal | None) -> str | None:
    return None if cost is None else f"{cost:f}"


def _origin(origin: Origin) -> Record:
    return {
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "timestamp_ms": origin.timestamp_ms,
    }


def _durations(seconds: Mapping[str, float]) -> dict[str, float]:
    return {stage: _milliseconds(value) for stage, value in seconds.items()}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
