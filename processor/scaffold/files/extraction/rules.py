"""What the answers of TASK_NAME must hold to beyond their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation
from processor.rule_library import dates, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Passage, Violation

leaves_after_arrival = dates.in_order("$.arrival", "$.departure", most_days=60)
not_booked_in_the_past = dates.near("$.arrival", "received", before=0)
guest_stands_in_the_mail = texts.quoted("$.guest")


@rule(then="review")
def something_to_book(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A mail without a day is a question, and somebody answers it."""
    if answer["arrival"] is not None:
        return None
    return violation("$.arrival", "The mail names no day of arrival, so a person reads it.")
