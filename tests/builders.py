"""Short ways to make records in tests."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core import cost, models, task
from processor.core.records import (
    Attempt,
    Completion,
    Event,
    Message,
    Origin,
    Passage,
    Usage,
    Violation,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processor.core.records import Decision
    from processor.pipeline import Pipeline

SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Answer",
        "namespace": "test",
        "doc": "What it is about.",
        "fields": [
            {"name": "category", "type": {"type": "enum", "name": "Category", "symbols": ["card", "refund"]}},
            {"name": "reason", "type": "string", "minLength": 3, "maxLength": 80},
        ],
    }
)
DEFINITION = """
description = "Sort messages."
kind = "classification"

[input]
required = ["text"]

[[retrieval]]
kind = "fact"
query = "{{ input.text }}"
top_k = 2

[[retrieval]]
kind = "example"
query = "{{ input.text }}"
alpha = 1.0

[[step]]
prompt = "prompt.md"
max_tokens = 60

[[step]]
prompt = "retry.md"
"""
PROMPT = """
{% block system %}You sort messages.{% endblock %}
{% block passages %}{% for p in passages %}{{ p.text | fence("fact") }}{% endfor %}{% endblock %}
{% block input %}{{ input.text | fence("message") }}{% endblock %}
{% block correction %}{% endblock %}
"""
RETRY = """
{% extends "prompt.md" %}
{% block correction %}{% for v in violations %}{{ v.path }}: {{ v.message }}
{% endfor %}{{ previous | fence("previous") }}{% endblock %}
"""
PRICES = {"tiny": cost.Price(Decimal(1), Decimal(2), Decimal("0.5"))}


def sources(**changes: Any) -> task.Sources:
    given: dict[str, Any] = {
        "name": "sort",
        "definition": DEFINITION,
        "templates": {"prompt.md": PROMPT, "retry.md": RETRY},
        "schema": SCHEMA,
        "schema_path": "schemas/sort.avsc",
    }
    return task.Sources(**{**given, **changes})


def a_task(*rules: Any, **changes: Any) -> task.Task:
    return task.build(sources(**changes), rules, models.Models(prices=PRICES))


def message(value: bytes | None = b"{}", *, offset: int = 0, topic: str = "untuned.tasks") -> Message:
    return Message(Origin(topic, 0, offset, 1000), b"key", value, (("x-foreign", b"1"),))


def event(text: Any = "Where is my card?", **changes: Any) -> Event:
    return Event(**{"id": "e1", "task": "sort", "input": {"text": text}, **changes})


def work(text: Any = "Where is my card?", attempt: int = 1, attempts: tuple[Attempt, ...] = (), **changes: Any) -> Work:
    origin = Origin("untuned.tasks", 0, 7, 1000)
    return Work(event(text, **changes), attempt, attempts, origin, origin, b"key", (("x-foreign", b"1"),))


def decoding(work: Callable[[], Work]) -> Callable[[Message], Awaitable[Work]]:
    """A pipeline's `decode` that finds this work in every message."""

    async def decode(_: Message) -> Work:
        return work()

    return decode


async def decided(pipeline: Pipeline, given: Message | None = None) -> Decision:
    """What a pipeline makes of a message: opened, then attempted at once."""
    given = given or message()
    opened = await pipeline.open(given)
    return await pipeline.attempt(given, opened) if isinstance(opened, Work) else opened


def completion(answer: Any, **changes: Any) -> Completion:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    given: dict[str, Any] = {
        "text": text,
        "finish_reason": "stop",
        "model": "tiny",
        "usage": Usage(100, 10),
        "seconds": 0.2,
    }
    return Completion(**{**given, **changes})


def an_attempt(number: int = 1, **changes: Any) -> Attempt:
    given: dict[str, Any] = {
        "number": number,
        "step": "prompt.md",
        "model": "tiny",
        "answer": "{}",
        "finish_reason": "stop",
        "violations": (Violation("$.category", "enum", "Not a known category."),),
        "usage": Usage(100, 10),
        "cost": Decimal("0.00012"),
        "seconds": 0.2,
    }
    return Attempt(**{**given, **changes})


def passage(
    ident: str, kind: Any = "fact", score: float = 0.5, text: str = "Cards take a week.", **changes: Any
) -> Passage:
    example = kind == "example"
    given: dict[str, Any] = {
        "source": "cards.md",
        "title": "",
        "text": text,
        "input": json.dumps({"text": text}) if example else None,
        "answer": '{"category": "card", "reason": "asks for a card"}' if example else None,
        "content_hash": "0" * 16,
        "retrieval": kind,
    }
    return Passage(id=ident, kind=kind, score=score, **{**given, **changes})
