"""What things are called on the pages."""

from __future__ import annotations

import re

from processor.core.records import Action, Reason
from processor.review.values import BLIND

REASONS: dict[str, str] = {
    Reason.UNDECODABLE: "Cannot be decoded",
    Reason.UNKNOWN_TASK: "Unknown task",
    Reason.INVALID_INPUT: "Invalid input",
    Reason.INPUT_TOO_LARGE: "Input too large",
    Reason.NOTHING_RETRIEVED: "Nothing retrieved",
    Reason.STEPS_EXHAUSTED: "No answer accepted",
    Reason.RULE: "A rule wants a person",
    Reason.RULE_FAILED: "A rule failed",
    Reason.REFUSAL: "Model refused",
    Reason.CONTENT_FILTER: "Content filter",
    Reason.BUDGET_SPENT: "Budget spent",
    Reason.REQUEST_REJECTED: "Request rejected",
    Reason.CALL_FAILED: "Calls fail",
    Reason.INTERNAL_ERROR: "Defect of untuned",
    Reason.AUDIT: "Audit",
    BLIND: "Blind check",
}
"""A reason in a few plain words."""

ACTIONS: dict[str, str] = {
    Action.ACCEPT: "accepted",
    Action.CORRECT: "corrected",
    Action.REJECT: "rejected",
    Action.SEND_BACK: "sent back",
}
"""What was done, in the past tense."""

STATES = {"open": "open", "second": "waits for a blind check", "closed": "done"}


def reason(name: str) -> str:
    """A reason's words; of an unknown one its own."""
    return REASONS.get(name, name.replace("_", " ").capitalize())


def place(path: str) -> str:
    """A place of an answer for people, who count from one: `$.lines[0].sku` is `Lines 1, sku`."""
    counted = re.sub(
        r"\[([0-9]{1,9})\]", lambda found: f" {int(found[1]) + 1}", path.removeprefix("$").removeprefix(".")
    )
    told = counted.replace("_", " ").replace(".", ", ")
    return told[:1].upper() + told[1:]


def action(name: str) -> str:
    """What was done, in a word or two; of an unknown one its own."""
    return ACTIONS.get(name, name.replace("_", " "))
