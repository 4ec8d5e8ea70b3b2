"""Whether a task is still the one that its [calibration] speaks of, and which answers it covers."""

from __future__ import annotations

import hashlib
import json
import tomllib
from typing import TYPE_CHECKING

from processor.core.judging import ballot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.definition import Calibration
    from processor.core.records import Attempt, Endpoint

DIGITS = 16
BESIDE = ("calibration", "description", "audit", "review", "cases")
"""Tables and keys of task.toml that neither change an answer or its acceptance nor what counts as wrong."""


def digest(definition: str, texts: Mapping[str, str], named: Iterable[Endpoint] = ()) -> str:
    """What a guarantee is about, in 16 hex digits of SHA-256. Comments and layout of task.toml do not count.

    Args:
        definition: the text of task.toml, which is TOML.
        texts: prompts, schema and rules, by any names that are unique.
        named: the models of models.toml that its steps name.
    """
    tables = {key: table for key, table in tomllib.loads(definition).items() if key not in BESIDE}
    made = hashlib.sha256()
    for part in (
        json.dumps(tables, sort_keys=True, default=str),
        *(f"{name}\0{text}" for name, text in sorted(texts.items())),
        *sorted(repr(endpoint) for endpoint in named),
    ):
        made.update(f"{len(part)}\0{part}".encode())
    return made.hexdigest()[:DIGITS]


def covering(calibration: Calibration | None, attempts: Iterable[Attempt]) -> Calibration | None:
    """The calibration that holds for an answer which was accepted after these attempts: all by models that it names."""
    if calibration is None:
        return None
    known = {*calibration.models, ballot.MODEL}
    return calibration if all(attempt.model in known for attempt in attempts) else None
