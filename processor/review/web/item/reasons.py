"""Why an event came to people, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core.records import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAID: Mapping[str, str] = {
    Reason.UNDECODABLE: "These bytes are no event in any known format.",
    Reason.UNKNOWN_TASK: "The project has no task of this name.",
    Reason.INVALID_INPUT: "The task's input schema refuses this input.",
    Reason.INPUT_TOO_LARGE: "The input alone is larger than the prompt's budget.",
    Reason.NOTHING_RETRIEVED: "Nothing was found that the answer could be chosen from.",
    Reason.STEPS_EXHAUSTED: "No step's answer was accepted.",
    Reason.RULE: "A rule wants a person to look at this.",
    Reason.RULE_FAILED: "A rule function failed: its answer is not known.",
    Reason.REFUSAL: "The model declined to answer.",
    Reason.CONTENT_FILTER: "The provider's content filter stopped the answer.",
    Reason.BUDGET_SPENT: "The tokens or the money for one event are used up.",
    Reason.REQUEST_REJECTED: "The model's server can never accept this request.",
    Reason.CALL_FAILED: "Calls for this event fail again and again, while those for others pass.",
    Reason.INTERNAL_ERROR: "A defect of untuned; the event is kept.",
    Reason.AUDIT: "A random sample of what passed: nothing stood against it.",
}

UNKNOWN = "It was sent to review."


@dataclass(frozen=True, slots=True)
class Why:
    """A sentence, a line with more, and a traceback or other long text to be folded; both may be empty."""

    sentence: str
    detail: str = ""
    folded: str = ""


def why(record: Mapping[str, Any]) -> Why:
    """Why a review record's event is here."""
    reason, detail = str(record["reason"]), str(record["detail"] or "").strip()
    first, _, rest = detail.partition("\n")
    sentence = _SAID.get(reason, UNKNOWN)
    if reason == Reason.RULE and first.startswith("rule ") and first.endswith(" wants a person"):
        names = first.removeprefix("rule ").removesuffix(" wants a person")
        several = "Rules" if "," in names else "Rule"
        return Why(f"{several} {names} {'want' if several == 'Rules' else 'wants'} a person.", "", rest)
    if reason == Reason.RULE_FAILED and first.startswith("rule "):
        return Why(f"{first[0].upper()}{first[1:].removesuffix('.')}.", "", rest)
    if reason == Reason.STEPS_EXHAUSTED and first.startswith("no answer was accepted"):
        return Why(f"N{first[1:].removesuffix('.')}.", "", rest)
    return Why(sentence, first, rest)
