"""One rule, so that the bench takes the whole way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Passage, Violation


@rule
def reason_is_no_copy(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """The reason is in the model's own words."""
    if answer["reason"] == event.input["text"]:
        return violation("$.reason", "The reason repeats the message.", expected="a sentence of your own")
    return None
