"""Two rules: one that only warns, and one that always wants a person."""

from collections.abc import Mapping
from typing import Any

from processor.core.records import Event, Passage, Violation
from processor.core.rules import rule, violation


@rule(severity="warning")
def smoke_is_urgent(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Where something smokes, the claim is urgent."""
    if "smoke" in event.input["text"] and answer["urgency"] != "high":
        return violation("$.urgency", "Something smokes: that is urgent.", found=answer["urgency"], expected="high")
    return None


@rule(then="review")
def lawyer_wants_a_person(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A claim that names a lawyer is seen by a person."""
    if "lawyer" in event.input["text"]:
        return violation("$", "A lawyer is named.")
    return None
