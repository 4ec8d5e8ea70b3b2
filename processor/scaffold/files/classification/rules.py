"""What the answers of TASK_NAME must hold to beyond their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation
from processor.rule_library import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Passage, Violation

ILLNESS = (r"food poisoning", r"allerg", r"\bill\b", r"\bsick\b", r"vomit")

illness_sees_a_person = texts.input_lacks(
    *ILLNESS, message="The feedback speaks of an illness, so a person answers it.", then="review"
)


@rule
def question_wants_reply(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Who asks something waits for an answer."""
    if "?" not in event.input["text"] or answer["wants_reply"]:
        return None
    return violation("$.wants_reply", "The feedback asks something.", found=False, expected="true")
