"""How the knowledge that is put in had stood when the case failed: shown, cut, not retrieved, or not there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core.judging import ballot

if TYPE_CHECKING:
    from collections.abc import Collection

    from processor.core.records import Passage
    from processor.measure.causes.held import Held
    from processor.measure.causes.oracle import Oracle
    from processor.measure.causes.records import Standing
    from processor.measure.records import Outcome

_WORST: tuple[Standing, ...] = ("absent", "missed", "cut", "shown")


def of(oracle: Oracle, outcome: Outcome, known: Held, retrieved: Collection[str]) -> Standing | None:
    """How it had stood; None where there is nothing to put in.

    Of passages that the label names the worst counts, since it needs them all; else that of the first that was not
    shown, since that is what the replay adds.

    Args:
        oracle: what is put in.
        outcome: the failure.
        known: all that could be put in.
        retrieved: ids of all that is found for the case, shown or not.
    """
    if not oracle.passages:
        return None
    if oracle.origin == "definition":
        return "shown"
    ids = {passage.id for passage in known.passages}
    found = [_one(passage, outcome, ids, retrieved) for passage in oracle.passages]
    if oracle.origin == "named":
        return min(found, key=_WORST.index)
    return next((each for each in found if each != "shown"), "shown")


def _one(passage: Passage, outcome: Outcome, known: Collection[str], retrieved: Collection[str]) -> Standing:
    if any(passage.id == shown.id or passage.content_hash == shown.content_hash for shown in outcome.passages):
        return "shown"
    if passage.id in outcome.cut:
        return "cut"
    if passage.id in retrieved:
        # A vote is made from examples alone; that it has no use for a document is no want of room.
        voted = bool(outcome.attempts) and outcome.attempts[-1].model == ballot.MODEL
        return "shown" if voted else "cut"
    return "missed" if passage.id in known else "absent"
