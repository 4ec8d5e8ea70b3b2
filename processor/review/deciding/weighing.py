"""A reviewer's decision, held against contract and rules as a model's answer is.

What does not fit the contract can never stand. What rules say against an answer can be overridden, with a reason: a
person decides now, also where a rule sent the item to people, and where a rule itself is broken.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING, Any

from processor.core.judging import rulebook
from processor.core.prompting import correction
from processor.core.records import Action, Reason, Ruling, Violation
from processor.review.deciding import actions, following, kept
from processor.review.deciding.values import Wanted, Weighed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from processor.core.task import Task
    from processor.review.values import Item

NOTE = "note"
"""The rule of a problem that is about the note."""

DECISION = "decision"
"""The rule of a problem that is about neither answer nor note."""

NOTE_LIMIT = 2000
"""Characters of a note."""

BACK_LIMIT = correction.QUOTED
"""Characters of a note that goes into a prompt, which would cut a longer one."""

RAISED_LIMIT = 300
"""Characters that are told of what a broken rule raised."""

DAY = 86400.0

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def weigh(item: Item, wanted: Wanted, task: Task | None, reviewer: str, at: datetime, guard: rulebook.Guard) -> Weighed:
    """The ruling that a reviewer wants, or what stands against it.

    A `correct` with the model's own answer is an `accept`. A blind `accept` is held against the contract alone: what
    rules say of the model's answer would tell that, and why, it had come to people.

    Args:
        item: as the reviewer saw it.
        wanted: what they want.
        task: the item's; None where the project has it no more.
        reviewer: who they are.
        at: when they decided.
        guard: holds rules to their time.
    """
    wanted = dataclasses.replace(wanted, note=_cleaned(wanted.note))
    found = (*_against_decision(item, wanted, task, reviewer), *_against_note(item, wanted, task))
    if wanted.action in (Action.REJECT, Action.SEND_BACK) or task is None:
        return Weighed(None, found) if found else Weighed(_ruling(item, wanted, reviewer, at))
    wanted = _settled(item, wanted, task)
    if found and wanted.answer is None and not wanted.problems:
        return Weighed(None, found)  # that there is no answer is told already
    found += wanted.problems
    told = {each.path for each in wanted.problems}
    found += tuple(each for each in task.contract.check(wanted.answer) if each.path not in told)
    if found:
        return Weighed(None, found)
    assert wanted.answer is not None
    blind_accept = wanted.action is Action.ACCEPT and item.blind_for(reviewer)
    against, warnings = ((), ()) if blind_accept else _judged(item, task, wanted.answer, guard)
    if against and not (wanted.override and wanted.note):
        reason = (_about(NOTE, "say why the answer is right all the same"),) if wanted.override else ()
        return Weighed(None, (*reason, *against), overridable=True, warnings=warnings)
    return Weighed(_ruling(item, wanted, reviewer, at, against), warnings=warnings)


def _against_decision(item: Item, wanted: Wanted, task: Task | None, reviewer: str) -> tuple[Violation, ...]:
    why = actions.why_not(item, task, reviewer).get(wanted.action)
    impossible = () if why is None else (_about(DECISION, why.rstrip(".")),)
    if not _ID.fullmatch(wanted.id):
        return (*impossible, _about(DECISION, "the form has no id: load the page again"))
    return impossible


def _against_note(item: Item, wanted: Wanted, task: Task | None) -> tuple[Violation, ...]:
    back = wanted.action is Action.SEND_BACK
    if not wanted.note and back:
        return (_about(NOTE, "say what is to be done otherwise: the note goes into the prompt"),)
    if not wanted.note and wanted.action is Action.REJECT:
        return (_about(NOTE, "say why there is no right answer"),)
    most = BACK_LIMIT if back else NOTE_LIMIT
    if len(wanted.note) <= most:
        lost = back and task is not None and item.record["event"] and not following.is_told(item, wanted.note, task)
        return (_about(NOTE, "is too long for the prompt's budget (correction_tokens): shorten it"),) if lost else ()
    return (_about(NOTE, f"may have at most {most} characters, has {len(wanted.note)}"),)


def _settled(item: Item, wanted: Wanted, task: Task) -> Wanted:
    """The same with the answer that it is about, and as an `accept` where that is the model's."""
    given = item.record["answer"]
    if wanted.action is Action.ACCEPT:
        return dataclasses.replace(wanted, answer=given, problems=())
    if given is None or wanted.answer is None or wanted.problems:
        return wanted
    if _typed(task, wanted.answer) != _typed(task, given):
        return wanted
    return dataclasses.replace(wanted, action=Action.ACCEPT, answer=given)


def _typed(task: Task, answer: Mapping[str, Any]) -> Any:
    """The typed answer, to be compared: `12.5` is `12.50` there; one that does not fit is like no other."""
    return object() if task.contract.check(answer) else task.contract.convert(answer)


def _judged(
    item: Item, task: Task, answer: Mapping[str, Any], guard: rulebook.Guard
) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
    """What rules say against an answer, and what they remark; one that raises does not keep the others from it."""
    event, passages = kept.event(item), kept.passages(item)
    against: list[Violation] = []
    warnings: list[Violation] = []
    for rule in task.rules:
        judged = rulebook.apply(dataclasses.replace(task, rules=(rule,)), event, answer, passages, guard)
        against.extend(judged.violations)
        warnings.extend(judged.warnings)
        if judged.review is Reason.RULE_FAILED:
            said = judged.detail.strip().rpartition("\n")[2][:RAISED_LIMIT]
            against.append(Violation("$", rule.name, "The rule itself failed: it says nothing of the answer.", said))
    return tuple(against), tuple(warnings)


def _ruling(item: Item, wanted: Wanted, reviewer: str, at: datetime, overridden: tuple[Violation, ...] = ()) -> Ruling:
    key = item.key
    has_answer = wanted.action in (Action.ACCEPT, Action.CORRECT)
    return Ruling(
        id=wanted.id,
        event_id=key.event_id,
        task=key.task,
        replay=key.replay,
        by=reviewer,
        action=wanted.action,
        answer=wanted.answer if has_answer else None,
        note=wanted.note,
        at=at,
        seconds=min(max(wanted.seconds, 0.0), DAY) if math.isfinite(wanted.seconds) else 0.0,
        overridden=overridden,
        blind=item.blind_for(reviewer),
        inclusion=item.inclusion,
    )


def _cleaned(note: str) -> str:
    """A note without what could steer a terminal or turn a text around; its line breaks are line feeds."""
    return _CONTROL.sub("", re.sub("\r\n?", "\n", note)).strip()


def _about(rule: str, message: str) -> Violation:
    return Violation("$", rule, f"{message[0].upper()}{message[1:]}.")
