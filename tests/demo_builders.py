"""Short ways to make what the demo deals with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from processor import config
from processor.core.files.producer_record import ProducerRecord
from processor.core.records import Message, Origin
from processor.core.views.outcomes import Outcome
from processor.demo.accounts import Books
from processor.demo.plan import Plan
from processor.demo.report import Report
from processor.demo.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTEMPT = {"number": 1, "model": "tiny", "answer": "{}", "violations": []}


def outcome(kind: str, ce_id: str, record: Mapping[str, Any]) -> Outcome:
    message = Message(Origin(f"untuned-demo.{kind}", 0, 0, 1), b"k", b"", (("ce_id", ce_id.encode()),))
    return Outcome(message, record)


def result(name: str, **changes: Any) -> Outcome:
    record = {
        "event_id": name,
        "task": "sort",
        "answer": {"category": "card"},
        "model": "tiny",
        "warnings": [],
        "attempts": [ATTEMPT],
        "passages": [],
        "usage": {"input_tokens": 100, "output_tokens": 10, "cached_tokens": 5},
        "cost_usd": "0",
    }
    return outcome("results", f"{name}:result", {**record, **changes})


def retry(name: str, attempt: int = 2) -> Outcome:
    return outcome("retry", f"{name}:retry:{attempt}", {"event": {"id": name, "task": "sort"}, "attempt": attempt})


def review(name: str, **changes: Any) -> Outcome:
    record = {
        "event": {"id": name, "task": "sort"},
        "reason": "rule",
        "detail": "rule polite wants a person",
        "violations": [],
        "attempts": [ATTEMPT],
        "usage": {"input_tokens": 50, "output_tokens": 5, "cached_tokens": 0},
        "cost_usd": "0",
    }
    return outcome("review", f"{name}:review", {**record, **changes})


def sample(name: str, number: int = 1, text: str = "Where is my card?", task: str = "sort", **expected: Any) -> Sample:
    value = json.dumps({"id": name, "task": task, "input": {"text": text}}).encode()
    return Sample(task, ProducerRecord(number, name.encode(), value), is_event=True, expected=expected, text=text)


def report(samples: Mapping[str, Sample], *outcomes: tuple[Any, Outcome], **changes: Any) -> Report:
    books = Books(frozenset(samples))
    for kind, found in outcomes:
        books.add(kind, found)
    settings = config.Settings(_env_file=None).model_copy(update={"topic_prefix": "untuned-demo"})
    shown = tuple(dict.fromkeys(sample.task for sample in samples.values()))
    plan = Plan(settings, {}, shown, tuple(samples.values()), **changes.pop("planned", {}))
    return Report(plan, samples, books, **{"lag": 0, "working": 10.0, **changes})
