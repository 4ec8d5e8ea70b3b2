"""A ruling that counts -> what is published for it.

Of the same item, ruling and task always the same: after a crash it is made again, and nothing comes of it twice.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.files import producer_record
from processor.core.files.producer_record import ProducerRecord
from processor.core.prompting import prompt
from processor.core.records import Action, Result, Retry, Violation
from processor.core.wire import headers
from processor.review.deciding import kept

if TYPE_CHECKING:
    from processor.core.records import Ruling, Work
    from processor.core.task import Task
    from processor.review.values import Item

CLOUD_SOURCE = "/untuned/review"

REVIEWER = "reviewer"
"""The rule of the violation that a reviewer's note is, in the prompt of the next attempt."""

SHORT = "Again"
"""A note that fits anywhere."""

Outcome = Result | Retry | ProducerRecord


def follow(item: Item, ruling: Ruling, task: Task | None) -> Outcome | None:
    """What is published for the ruling that counts, by the ruling's time (`ruling.at`); None where nothing is.

    `accept` and `correct` are results, but that of an audit is out already: only a correction of it follows.
    `send_back` is a retry at the last step that tells a model what was wrong before, else the event once more, as it
    was produced: where nothing was tried yet, no step asks a model, or the bytes were no event. `reject` is no more
    than said, and so is a blind look at what another reviewer decided.

    Raises:
        Misconfigured: the project has the task no more, or its contract no longer takes the answer.
    """
    if ruling.action is Action.REJECT or (ruling.blind and not item.is_audit):
        return None
    if ruling.action is Action.SEND_BACK:
        return None if item.is_audit else _again(item, ruling, task)
    if item.is_audit and ruling.action is Action.ACCEPT:
        return None
    return _result(item, ruling, task)


def is_told(item: Item, note: str, task: Task) -> bool:
    """Whether a note that sends the item back would be in the prompt, where the task's prompts tell any.

    One that takes more than the task's `correction_tokens` would be left out of it without a word.
    """
    work = kept.work(item)
    if not work.attempts or not _telling(task, work, SHORT):
        return True
    return bool(_telling(task, work, note))


def _result(item: Item, ruling: Ruling, task: Task | None) -> Result:
    name = f"task {ruling.task}"
    if task is None:
        raise errors.Misconfigured(name, f"the project has no task {ruling.task}: what was decided waits for it")
    if ruling.answer is None or task.contract.check(ruling.answer):
        raise errors.Misconfigured(name, f"the schema of {ruling.task} has changed: it takes a decided answer no more")
    work = kept.work(item)
    made = kept.provenance(item, work, task.version)
    answer = task.contract.convert(ruling.answer)
    return Result(work, answer, ruling.overridden, made, task.contract, ruling=ruling)


def _again(item: Item, ruling: Ruling, task: Task | None) -> Outcome | None:
    again = min(item.key.replay + 1, headers.REPLAY_LIMIT)
    if item.record["event"] is None:
        return _raw_again(item, again)
    work = dataclasses.replace(kept.work(item), replay=again)
    step = _step(task, work, ruling.note) if task is not None and work.attempts else None
    if task is not None and step is not None:
        told = _told(work, ruling.note)
        return Retry(told, step, told.attempts[-1].violations, kept.provenance(item, told, task.version))
    built = producer_record.build(work.event, 1, source=CLOUD_SOURCE)
    return dataclasses.replace(built, key=work.key, headers=(*_foreign(item), *built.headers, _mark(again)))


def _raw_again(item: Item, again: int) -> ProducerRecord | None:
    raw = kept.raw(item)
    return None if raw is None else ProducerRecord(1, item.message.key, raw, (*_foreign(item), _mark(again)))


def _told(work: Work, note: str) -> Work:
    """The work with the note as the first thing that is wrong with its last answer: prompts tell of that alone."""
    last = work.attempts[-1]
    said = Violation("$", REVIEWER, note, expected="as a reviewer asks")
    changed = dataclasses.replace(last, violations=(said, *last.violations))
    return dataclasses.replace(work, attempts=(*work.attempts[:-1], changed))


def _step(task: Task, work: Work, note: str) -> int | None:
    """The number of the last step that tells a model the note, else of the last that asks one; None without."""
    asking = [number for number, step in enumerate(task.definition.step, 1) if step.kind == "model"]
    return max(_telling(task, work, note) or asking, default=None)


def _telling(task: Task, work: Work, note: str) -> list[int]:
    """The numbers of the steps whose prompts have the note in what they tell of the last answer."""
    told = _told(work, note)
    word = re.search(r"\w+", note)
    found: list[int] = []
    for number, step in enumerate(task.definition.step, 1):
        if step.kind != "model":
            continue
        try:
            correction = prompt.correction_of(task, dataclasses.replace(told, attempt=number))
        except errors.Refused:
            continue
        if correction and (word is None or word.group() in correction):
            found.append(number)
    return found


def _foreign(item: Item) -> headers.Headers:
    return tuple(header for header in item.message.headers if not headers.is_own(header[0]))


def _mark(again: int) -> tuple[str, bytes]:
    return (headers.REPLAY, str(again).encode())
