"""The envelopes as they were: single-object encoding names a schema by its fingerprint alone, and topics keep long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ADDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "result": (("reviewed",), ("calibration",)),
    "review": (("inclusion",),),
    "decision": (("id", "replay", "overridden", "blind", "inclusion"),),
}
"""By envelope, the fields that it got after records were written, the last ones first."""

NEW_REASONS = ("audit",)
"""Symbols of a review's reason that came with its last new field."""

NEW_IN_PASSAGES = ("retrieval", "columns")
"""Fields of a review's passages that came with it, too."""


def texts(name: str, envelope: str) -> Iterator[str]:
    """The texts of envelope.<name>.avsc before it got its newer fields, the latest first."""
    raw: dict[str, Any] = json.loads(envelope)
    for names in ADDED.get(name, ()):
        raw["fields"] = [_before(field) for field in raw["fields"] if field["name"] not in names]
        yield json.dumps(raw)


def _before(field: dict[str, Any]) -> dict[str, Any]:
    kind = field["type"]
    if not isinstance(kind, dict):
        return field
    if kind.get("name") == "Reason":
        return {**field, "type": {**kind, "symbols": [each for each in kind["symbols"] if each not in NEW_REASONS]}}
    inner = kind.get("items")
    if not isinstance(inner, dict) or inner.get("name") != "ShownPassage":
        return field
    kept = [each for each in inner["fields"] if each["name"] not in NEW_IN_PASSAGES]
    return {**field, "type": {**kind, "items": {**inner, "fields": kept}}}
