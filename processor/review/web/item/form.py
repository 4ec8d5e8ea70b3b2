"""A posted form of an item: what was decided, and the form as it was typed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core.records import Action, Violation
from processor.review import deciding, forms
from processor.review.web.item import clock as item_clock
from processor.review.web.item import rows as item_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from processor.core.records import Ruling
    from processor.core.task import Task
    from processor.review.forms import Field
    from processor.review.values import Item

CHECK = "check"
"""The action of a form that is only to be held against contract and rules."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What came.

    Attributes:
        action: what is decided; None where the form is only to be checked or shown again.
        wanted: the word that was sent as the action: an action's, `check`, or anything.
        note: the reviewer's words.
        override: whether they keep an answer that a rule is against.
        blind: whether the page that it came from was a blind check.
        stamp: the ruling's id, and when the form was shown.
        visible: the seconds that the page counted; empty without its script.
        controls: all names with their texts.
    """

    action: Action | None
    wanted: str
    note: str
    override: bool
    blind: bool
    stamp: item_clock.Stamp
    visible: str
    controls: Mapping[str, Sequence[str]]

    @property
    def asks_for_form(self) -> bool:
        """Whether an item of a list was to be added, taken away or moved: nothing is decided."""
        return forms.asks_for_form(self.controls) or item_rows.MOVE in self.controls

    @property
    def has_answer(self) -> bool:
        """Whether an answer's controls are among what was sent."""
        return any(name == "answer" or name.startswith("answer.") for name in self.controls)


def posted(controls: Mapping[str, Sequence[str]], now: dt.datetime) -> Posted:
    """Read what was sent, whatever it is."""

    def last(name: str) -> str:
        return (controls.get(name) or [""])[-1]

    wanted = last("action")
    return Posted(
        action=Action(wanted) if wanted in set(Action) else None,
        wanted=wanted,
        note=last("note").replace("\r\n", "\n").strip(),
        override=last("override") == "yes",
        blind=last("seen") == "blind",
        stamp=item_clock.again(last("id"), last("opened"), now),
        visible=last("visible"),
        controls=item_rows.moved(controls),
    )


def fresh(item: Item, task: Task | None, *, blind: bool) -> Field | None:
    """The form of the model's answer, with what stands against it unless it is a blind check; None without a task."""
    if task is None or not item.record["event"]:
        return None
    violations = () if blind else violations_of(item.record["violations"])
    return forms.build(task.contract.shape, item.record["answer"], violations)


def typed(given: Posted, item: Item, task: Task | None, violations: Sequence[Violation] = ()) -> Field | None:
    """The form as it was typed, with what is wrong with it; as `fresh` where no answer was sent."""
    if task is None or not item.record["event"]:
        return None
    if not given.has_answer:
        return forms.build(task.contract.shape, item.record["answer"], violations)
    return forms.typed(task.contract.shape, given.controls, violations)


def wish(given: Posted, action: Action, task: Task | None, seconds: float) -> deciding.Wanted:
    """What is to be decided, as `deciding.weigh` takes it."""
    answer: Any = None
    problems: tuple[Violation, ...] = ()
    if action is Action.CORRECT and task is not None:
        answer, problems = forms.read(task.contract.shape, given.controls)
    return deciding.Wanted(
        given.stamp.id,
        action,
        answer=answer,
        note=given.note,
        override=given.override,
        seconds=seconds,
        problems=problems,
    )


def is_changed(given: Posted, item: Item, task: Task | None) -> bool:
    """Whether the answer in the form is another than the model's: who accepts it may not know that."""
    if task is None or not item.record["event"] or not given.has_answer:
        return False
    before = forms.build(task.contract.shape, item.record["answer"])
    return dict(_texts(before)) != dict(_texts(forms.typed(task.contract.shape, given.controls)))


def answer_of(given: Posted, task: Task | None) -> Any:
    """The answer that was given, to be shown; None where none was."""
    if task is None or not given.has_answer or given.action is not Action.CORRECT:
        return None
    return forms.read(task.contract.shape, given.controls)[0]


def repeats(given: Posted, ruling: Ruling, task: Task | None) -> bool:
    """Whether what was sent says no more than the ruling that was made of this form before."""
    if given.action is Action.CORRECT:
        return bool(answer_of(given, task) == ruling.answer)
    return given.action in (None, ruling.action)


def seeing(ruling: Ruling) -> Ruling:
    """The ruling as one that was given in sight of all that stood against the answer."""
    return dataclasses.replace(ruling, blind=False)


def violations_of(record: Sequence[Mapping[str, str]]) -> tuple[Violation, ...]:
    """The violations of a review record."""
    names = ("path", "rule", "message", "found", "expected")
    return tuple(Violation(*(each[name] for name in names)) for each in record)


def _texts(field: Field) -> Iterator[tuple[str, tuple[str, bool, str]]]:
    """What every control holds, as a browser would send it: unknown symbols are not chosen."""
    known = field.kind != "choice" or field.value in field.options
    yield field.name, (field.value if known else "", field.is_null, field.chosen)
    for each in field.fields:
        yield from _texts(each)
