"""What the template of an item's page is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.core.records import Action
from processor.review import deciding
from processor.review.web import events, filters
from processor.review.web.item import controls as item_controls
from processor.review.web.item import descriptions as item_descriptions
from processor.review.web.site import reviewer, site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import web

    from processor.core.records import Violation
    from processor.core.task import Task
    from processor.review.forms import Field
    from processor.review.values import Filter, Item, Reviewer
    from processor.review.web.item.clock import Stamp
    from processor.review.web.item.shown import Shown

DECISION = "decision"
"""The rule of a problem that is about neither answer nor note."""

MOST_SKIPPED = 50
"""Refs that an address carries; those skipped longer ago come again."""

SEEN_AT_ONCE = 8
"""Controls of a form that fit into a window; of a longer one the top says what is marked further down."""

CHANGED = "You changed the answer. Save it as a correction, or open the item anew to accept what the model gave."


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not about a place of the answer: the id of the control that it is about, and its words."""

    target: str
    text: str


@dataclass(slots=True)
class Asked:
    """The form as it is shown: what was typed into it, and what stands in its way; filled step by step."""

    stamp: Stamp
    form: Field | None
    note: str = ""
    visible: str = ""
    overriding: bool = False
    failed: str = ""
    retry: str = ""
    notice: str = ""
    came_back: bool = False
    may_override: bool = False
    checked: bool = False
    problems: list[Problem] = field(default_factory=list)

    def add(self, found: Iterable[Violation], *, changed: bool) -> None:
        """Note what stands in the way besides the answer's places; without a form, all of it."""
        if changed:
            self.problems.append(Problem("answer-title", CHANGED))
        for each in found:
            if each.rule == deciding.NOTE:
                self.problems.append(Problem("note", each.message))
            elif each.rule == DECISION or self.form is None:
                self.problems.append(Problem("answer-title", each.message))


@dataclass(frozen=True, slots=True)
class Way:
    """Where a reviewer is in the queue: the filter, and the refs that they skipped."""

    filter: Filter
    skipped: tuple[str, ...]

    @classmethod
    def of(cls, request: web.Request) -> Way:
        """As the address says."""
        refs = [ref for ref in request.query.get("skip", "").split(",") if ref]
        return cls(filters.parse(request.query), tuple(refs[-MOST_SKIPPED:]))

    def address(self, ref: str) -> str:
        """An item's, within this filter."""
        return filters.address(f"/items/{ref}", self.filter, skip=",".join(self.skipped))

    @property
    def queue_address(self) -> str:
        """The queue's, with this filter."""
        return filters.address("/queue", self.filter)

    def beyond(self, ref: str) -> str:
        """Where the next item is looked for once this one is skipped."""
        skipped = tuple(dict.fromkeys((*self.skipped, ref)))[-MOST_SKIPPED:]
        return filters.address("/next", self.filter, skip=",".join(skipped))

    def next_address(self, request: web.Request, ref: str) -> str:
        """That of the next item after one that is left, else the queue's."""
        found = site(request).view.next(self.filter, reviewer(request), {*self.skipped, ref})
        return self.address(found) if found else self.queue_address


def values(item: Item, shown: Shown, asked: Asked, task: Task | None, me: Reviewer) -> dict[str, Any]:
    """What the template needs, but for the addresses."""
    against = deciding.why_not(item, task, me.name)
    actions = [each.value for each in Action if each not in against]
    if "accept" in actions and not shown.blind and task and task.contract.check(item.record["answer"]):
        actions.remove("accept")  # it could never be saved; a blind check must not tell so
    marked = item_controls.violated(asked.form) if asked.form else ()
    return {
        "shown": shown,
        "form": asked.form,
        "form_violations": marked if asked.came_back else (),
        "pointers": _pointers(asked.form, marked) if not asked.came_back else (),
        "controls": item_controls,
        "descriptions": item_descriptions,
        "stamp": asked.stamp,
        "note": asked.note,
        "visible": asked.visible,
        "note_wanted": any(each.target == "note" for each in asked.problems),
        "may_override": asked.may_override,
        "overriding": asked.overriding,
        "failed": asked.failed,
        "retry": asked.retry,
        "notice": asked.notice,
        "checked": asked.checked,
        "problems": asked.problems,
        "actions": actions,
        "primary": "correct" if marked or "accept" not in actions else "accept",
        "no_form": next(iter(against.values()), ""),
        "event_address": events.address(item.key),
    }


def _pointers(form: Field | None, marked: tuple[Field, ...]) -> tuple[Field, ...]:
    """The marked fields to be named above a form that is longer than a window; what is against all of it is there."""
    is_long = form is not None and _size(form) > SEEN_AT_ONCE
    return tuple(each for each in marked if each is not form) if is_long else ()


def _size(field: Field) -> int:
    return sum(_size(each) for each in field.fields) if field.fields else 1
