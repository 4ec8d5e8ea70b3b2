"""What things are called in reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.measure.causes.records import Cause
    from processor.measure.records import RungName

RUNGS: Mapping[str, str] = {
    "vote": "plain vote",
    "prompt": "prompt only",
    "retrieval": "+ retrieval",
    "rules": "+ rules",
    "people": "+ people",
}
"""A rung's name for people; it has all that those before it have."""

MEANS: Mapping[RungName, str] = {
    "vote": "what the retrieved labelled examples agree on; no model is asked",
    "prompt": "the first model step alone: nothing retrieved, no rules",
    "retrieval": "with what is retrieved",
    "rules": "the task as it stands: all steps, rules, thresholds and retries",
    "people": "with reviewers for what the rules send to them; calculated, not measured",
}

CAUSES: Mapping[Cause, str] = {
    "absent": "knowledge absent",
    "missed": "knowledge not retrieved",
    "cut": "knowledge cut",
    "unused": "knowledge lost among the rest",
    "format": "format or constraint",
    "both": "knowledge and constraint",
    "lenient": "accepted too soon",
    "ambiguous": "ambiguous label",
    "varies": "chance",
    "capability": "capability",
    "withheld": "right, but held back",
    "stopped": "stopped",
}

CAUSES_MEAN: Mapping[Cause, str] = {
    "absent": "right once the knowledge was put in; the knowledge base does not have it",
    "missed": "right once the knowledge was put in; it is in the knowledge base and was not retrieved",
    "cut": "right once the knowledge was put in; it was retrieved and did not fit the prompt's budget",
    "unused": "right once the knowledge was put in by itself; it had been shown among other passages",
    "format": "right once the violated constraint was stated",
    "both": "right only with the knowledge put in and the constraint stated",
    "lenient": "a step accepted a wrong answer, and the next ones would have been right",
    "ambiguous": "fixed by nothing, and those who labelled it disagree",
    "varies": "right on mere repetition",
    "capability": "fixed by nothing, or only at times",
    "withheld": "the right answer was given, and a threshold or a rule sent it to people",
    "stopped": "never came to an answer: its input was refused, a call failed, or a rule raised",
}


def rung(name: str) -> str:
    """A rung's name for people; what is no rung is called as it is."""
    return RUNGS.get(name, name)


def cause(name: str) -> str:
    """A cause's name for people; of an unknown one its own, in words."""
    return CAUSES.get(cast("Cause", name), name.replace("_", " "))


def cause_means(name: str) -> str:
    """What a cause is, in a sentence."""
    return CAUSES_MEAN.get(cast("Cause", name), "this report has no more words for it")


def sentence(text: str) -> str:
    """What stands without its capital and its full stop, with both."""
    return f"{text[:1].upper()}{text[1:]}."
