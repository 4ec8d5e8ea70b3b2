"""What the answers of TASK_NAME must hold to beyond their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation
from processor.rule_library import knowledge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Passage, Violation

DANGER = ("gas", "live wire", "injured", "burst", "flood")

team_from_the_table = knowledge.listed("$.team", "team", retrieval="owners")


@rule
def danger_is_urgent(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """What may hurt somebody does not wait until tomorrow."""
    if answer["urgent"] or not any(word in event.input["text"].lower() for word in DANGER):
        return None
    return violation("$.urgent", "The report speaks of a danger.", found=False, expected="true")
