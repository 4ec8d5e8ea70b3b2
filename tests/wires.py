"""Decisions to be published, the wire that publishes them, and a registry in memory."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from decimal import Decimal
from typing import Any

from processor.adapters import wire
from processor.core import errors
from processor.core.contracts import contract
from processor.core.records import (
    Message,
    Origin,
    Part,
    Provenance,
    Reason,
    Result,
    Retry,
    Review,
    Size,
    Violation,
    Work,
)
from tests import builders

NOW = dt.datetime(2026, 11, 24, 6, 0, 0, 123456, tzinfo=dt.UTC)
TYPED = json.dumps(
    {
        "type": "record",
        "name": "Answer",
        "namespace": "acme.support",
        "fields": [
            {"name": "category", "type": {"type": "enum", "name": "Category", "symbols": ["card", "refund"]}},
            {"name": "due", "type": ["null", {"type": "int", "logicalType": "date"}]},
            {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
        ],
    }
)
CONTRACT = contract.parse(TYPED, "schemas/sort.avsc")
ANSWER = CONTRACT.convert({"category": "card", "due": "2026-12-01", "amount": "-3.5"})
WARNING = Violation("$.amount", "odd_amount", "Seldom negative.", "-3.5", "a positive amount")


class FakeRegistry:
    """A schema registry in memory that counts what it is asked."""

    def __init__(self) -> None:
        self.subjects: dict[str, int] = {}
        self.texts: list[str] = []
        self.asked = 0
        self.away = False

    def schema(self, schema_id: int) -> str:
        self._ask()
        if not 0 < schema_id <= len(self.texts):
            raise LookupError("its schema is not in the registry")
        return self.texts[schema_id - 1]

    def register(self, subject: str, schema: str) -> int:
        self._ask()
        self.texts.append(schema)
        return self.subjects.setdefault(subject, len(self.texts))

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise errors.Unavailable("registry", "no schema registry answers")


def make(wire_format: Any = "avro", registry: FakeRegistry | None = None, **contracts: contract.Contract) -> wire.Wire:
    return wire.Wire(
        {"sort": CONTRACT, **contracts}.get,
        wire_format=wire_format,
        registry=registry,
        topic=lambda kind: f"untuned.{kind}",
        source="/untuned/untuned",
    )


def tried(key: bytes | None = b"key", **changes: Any) -> Work:
    attempts = (builders.an_attempt(1), builders.an_attempt(2, violations=(), cost=None))
    came = builders.work(created_at=NOW, attributes={"channel": "mail"}, attempts=attempts, attempt=2)
    return dataclasses.replace(came, key=key, **changes)


SIZE = Size("estimate", (Part("system", 40), Part("retrieved.fact", 12, cut=True), Part("input", 9)))


def provenance(work: Work) -> Provenance:
    shown = (builders.passage("a"), builders.passage("b", "example"))
    return Provenance(
        "v1", shown, ("c",), work.attempts, work.usage, Decimal("0.000120"), {"complete": 0.2000004}, SIZE
    )


def a_result(**changes: Any) -> Result:
    work = tried(**changes)
    return Result(work, ANSWER, (WARNING,), provenance(work), CONTRACT)


def a_retry(**changes: Any) -> Retry:
    work = tried(**changes)
    return Retry(work, 3, (WARNING, dataclasses.replace(WARNING, rule="enum"), WARNING), provenance(work))


def a_review(**changes: Any) -> Review:
    work = tried(**changes)
    message = builders.message(b"{}", offset=9, topic="untuned.retry")
    message = dataclasses.replace(message, key=work.key, headers=work.headers)
    return Review(Reason.RULE, "wants a person", message, work, (WARNING,), {"category": "ürgent"}, provenance(work))


def undecodable(value: bytes | None = b"\xff\x00{") -> Review:
    return Review(Reason.UNDECODABLE, "it is not UTF-8", builders.message(value, offset=5))


def published(outgoing: wire.Outgoing) -> Message:
    return Message(Origin(f"untuned.{outgoing.kind}", 3, 11, 5000), outgoing.key, outgoing.value, outgoing.headers)
