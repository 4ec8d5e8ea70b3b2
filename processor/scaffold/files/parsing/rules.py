"""What the answers of TASK_NAME must hold to beyond their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation
from processor.rule_library import fields, knowledge, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Passage, Violation

sku_from_the_catalogue = knowledge.listed("$.lines[*].sku", "sku", retrieval="catalogue")
one_line_an_article = fields.unique("$.lines[*].sku")
unknown_is_quoted = texts.quoted("$.unknown[*]", severity="warning")


@rule(then="review")
def something_to_sell(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A list without an article that we have is a question, and somebody answers it."""
    if answer["lines"]:
        return None
    return violation("$.lines", "The list names nothing that the catalogue has, so a person reads it.", found=[])
