"""The schema of a task's results: the result envelope with the task's answer record in its place.

It is named after the answer record, `acme.Triage` -> `acme.TriageResult`, so that each task has its own subject in a
registry and its own type in generated code. The answer's `answer` stays typed all the way to the consumer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import avro.schema

if TYPE_CHECKING:
    from processor.core.contracts.contract import Contract

ANSWER = "answer"
"""The envelope's field whose type is a placeholder."""


def compose(envelope: str, contract: Contract) -> avro.schema.RecordSchema:
    """Put the answer record into the text of envelope.result.avsc."""
    raw: dict[str, Any] = json.loads(envelope)
    namespace, _, name = contract.name.rpartition(".")
    raw["name"] = f"{name}Result"
    # The envelope's own types say their namespace themselves, so the record may have any, or none.
    raw.pop("namespace")
    if namespace:
        raw["namespace"] = namespace
    for field in raw["fields"]:
        if field["name"] == ANSWER:
            field["type"] = contract.schema.to_json()
    return avro.schema.parse(json.dumps(raw))
