"""What an answer that fits contract and rules still needs to be accepted: a step's `accept`.

On BANKING77, 6 of 8 similar labelled messages with the answer's label were right for 97 % of those that had them; the
geometric mean probability of the answer's tokens told right from wrong with AUROC 0.91. What a model says of its own
certainty is in neither.

What a violation tells the next step does not name the threshold: what the steps answer is then the same whatever the
thresholds are, and a calibration can choose them by answers that were made once.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

from processor.core.records import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from processor.core.definition import ModelStep, Step
    from processor.core.records import Completion, Passage


def weigh(step: ModelStep, completion: Completion, retrieved: Iterable[Passage], verdict: Verdict) -> Verdict:
    """The verdict with what else stands against an otherwise accepted answer.

    `retrieved` is all that was found for the event, whether it fitted into the prompt or not.
    """
    if not verdict.accepted or verdict.answer is None:
        return verdict
    labelled = examples(retrieved) if step.accept.agreement else []
    found = (confidence(step, completion.confidence), agreement(step, verdict.answer, labelled))
    violations = tuple(violation for violation in found if violation is not None)
    return dataclasses.replace(verdict, violations=violations) if violations else verdict


def confidence(step: Step, found: float | None) -> Violation | None:
    """Too little confidence, or none given where some is needed: then it is not known and never taken for enough."""
    needed = step.accept.confidence
    if needed is None or (found is not None and found >= needed):
        return None
    if found is None:
        message = "How sure the model is of the answer is not known: its server gives no log-probabilities."
        return Violation("$", "confidence", message)
    shown = f"{math.floor(found * 1000) / 1000:g}"
    message = "The model is not sure enough of the answer."
    return Violation("$", "confidence", message, shown, "an answer that leaves less doubt")


def agreement(step: Step, answer: Mapping[str, Any], labelled: Sequence[Mapping[str, Any]]) -> Violation | None:
    """Too few examples with the answer's value at the step's field."""
    needed = step.accept.agreement
    if needed is None or step.field is None:
        return None
    ours = value(step.field, answer)
    count = votes(step.field, answer, labelled)
    if count >= needed:
        return None
    message = f"Only {count} of {len(labelled)} retrieved examples agree."
    return Violation(step.field, "agreement", message, ours, "a value that more of them have")


def votes(path: str, answer: Mapping[str, Any], labelled: Iterable[Mapping[str, Any]]) -> int:
    """How many labelled answers have the answer's value at a field."""
    ours = value(path, answer)
    return sum(value(path, label) == ours for label in labelled)


def value(path: str, answer: Mapping[str, Any]) -> str:
    """The value at a field, as JSON text that is the same for equal values."""
    found = answer.get(path.removeprefix("$."))
    if isinstance(found, float) and found.is_integer():  # models write 12.0 for 12
        found = int(found)
    return json.dumps(found, sort_keys=True, ensure_ascii=False)


def examples(passages: Iterable[Passage]) -> list[dict[str, Any]]:
    """The labelled answers among passages, the nearest first; an example that several retrievals found counts once."""
    once = {passage.id: passage for passage in passages if passage.kind == "example" and passage.answer}
    nearest = sorted(once.values(), key=lambda passage: -passage.score)
    labels = [json.loads(passage.answer or "{}") for passage in nearest]
    return [label if isinstance(label, dict) else {} for label in labels]
