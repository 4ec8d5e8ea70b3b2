"""What can be decided about an item, and why the rest cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core.records import Action
from processor.core.wire import headers

if TYPE_CHECKING:
    from processor.core.task import Task
    from processor.review.values import Item

NO_EVENT = "These bytes are no event: there is no answer to give."
NO_TASK = "The project has no such task now: there is no contract to hold an answer to."
NO_ANSWER = "There is no answer of a model."
CHECK = "This is a blind check: the event itself has gone its way."
NOTHING_KEPT = "Of this message only its place was kept: nothing can be sent."
TOO_OFTEN = "It was sent through again too often already."


def possible(item: Item, task: Task | None, reviewer: str) -> frozenset[Action]:
    """What this reviewer can decide about the item; `reject` always."""
    return frozenset(Action) - why_not(item, task, reviewer).keys()


def why_not(item: Item, task: Task | None, reviewer: str) -> dict[Action, str]:
    """The actions that are not possible, each with one sentence that says why.

    Audits and second looks are told alike.
    """
    against: dict[Action, str] = {}
    record = item.record
    if record["event"] is None or task is None:
        why = NO_EVENT if record["event"] is None else NO_TASK
        against |= {Action.ACCEPT: why, Action.CORRECT: why}
    elif record["answer"] is None:
        against[Action.ACCEPT] = NO_ANSWER
    if item.is_audit or item.blind_for(reviewer):
        against[Action.SEND_BACK] = CHECK
    elif record["event"] is None and record["raw"] is None:
        against[Action.SEND_BACK] = NOTHING_KEPT
    elif item.key.replay >= headers.REPLAY_LIMIT:
        against[Action.SEND_BACK] = TOO_OFTEN
    return against
