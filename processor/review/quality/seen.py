"""What the figures need of a decided item, and nothing of its text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import comparing
from processor.core.contracts import place
from processor.core.contracts.shapes import containers, numbers, strings
from processor.core.records import Action
from processor.measure.scoring import Scorer, plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from processor.core.records import Ruling
    from processor.core.task import Task
    from processor.review.values import Item

REJECTED = "\0rejected"
"""The class of an item that has no right answer: a label of its own, that no contract allows."""


@dataclass(frozen=True, slots=True)
class Given:
    """One ruling: who gave it, when, how long it took, and what it says."""

    by: str
    at: datetime
    seconds: float
    action: Action


@dataclass(frozen=True, slots=True)
class Pair:
    """Two opinions on one item.

    Attributes:
        same: whether they say the same in all that is compared, or both reject.
        classes: of each, the class or `REJECTED`; empty texts where answers have no class.
        places: whether each compared place is the same; empty where one of them rejects.
        closed: of places with a closed list of values, the value of each as JSON.
    """

    same: bool
    classes: tuple[str, str]
    places: Mapping[str, bool]
    closed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """An item with at least one ruling.

    Attributes:
        task: whose.
        rules: what stood against the last answer; empty of an audit.
        given: all rulings in the topic's order.
        counting: the one that counts; None where there are blind ones alone.
        unchanged: whether that accepts the very answer that the ladder had.
        inclusion: of an audit.
        retried: whether the ladder took more than one attempt.
        wrong: of an audit, whether its answer was.
        pair: the first two opinions; None where there are not two.
        sent_back: whether one of the first two opinions is none on what is right.
    """

    task: str
    rules: tuple[str, ...]
    given: tuple[Given, ...]
    counting: Given | None
    unchanged: bool
    inclusion: float | None
    retried: bool
    wrong: bool
    pair: Pair | None
    sent_back: bool


class Judge:
    """Holds the answers of one task's items against each other; without the task, by their JSON."""

    def __init__(self, task: Task | None) -> None:
        self._shape = task.contract.shape if task else None
        self._scorer = Scorer(task) if task else None
        self.class_at = comparing.class_place(task.definition, task.contract) if task else ""

    def seen(self, item: Item) -> Seen | None:
        """What the figures need of an item; None where nobody has decided anything."""
        if not item.rulings:
            return None
        counting, second = item.ruling, _second(item)
        two = (counting, second) if counting is not None and second is not None else None
        sent_back = two is not None and any(each.action is Action.SEND_BACK for each in two)
        model = _answer(item.record.get("answer"))
        return Seen(
            task=item.key.task,
            rules=() if item.is_audit else _rules(item),
            given=tuple(map(_given, item.rulings)),
            counting=None if counting is None else _given(counting),
            unchanged=counting is not None and counting.action is Action.ACCEPT and self._is(counting.answer, model),
            inclusion=item.inclusion,
            retried=len(item.record.get("attempts") or ()) > 1,
            wrong=item.is_audit and counting is not None and self._wrong(counting, model),
            pair=self._pair(two, model) if two and not sent_back else None,
            sent_back=sent_back,
        )

    def _is(self, answer: Mapping[str, Any] | None, model: Mapping[str, Any] | None) -> bool:
        """Whether an answer is the model's to the letter; one that accepts without its own means that."""
        if answer is None or model is None or self._shape is None:
            return answer is None or answer == model
        return bool(plain.of(self._shape, answer) == plain.of(self._shape, model))

    def _wrong(self, ruling: Ruling, model: Mapping[str, Any] | None) -> bool:
        if ruling.action is Action.REJECT:
            return True
        if ruling.action is not Action.CORRECT or ruling.answer is None:
            return False
        return not self._same(ruling.answer, model or {})

    def _same(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        return one == other if self._scorer is None else self._scorer.score(one, other).right

    def _pair(self, two: tuple[Ruling, Ruling], model: Mapping[str, Any] | None) -> Pair | None:
        labels = [_label(each, model) for each in two]
        one, other = labels
        rejected = [each.action is Action.REJECT for each in two]
        if any(label is None and not reject for label, reject in zip(labels, rejected, strict=True)):
            return None  # a decision that has no answer, and nothing that it could mean
        first, second = (REJECTED if label is None else self._class(label) for label in labels)
        if one is None or other is None:
            return Pair(one is other, (first, second), {}, {})
        places = self._scorer.score(one, other).fields if self._scorer else {}
        return Pair(self._same(one, other), (first, second), places, self._closed(places, one, other))

    def _class(self, label: Mapping[str, Any]) -> str:
        return self._scorer.class_of(label) if self._scorer else ""

    def _closed(
        self, places: Mapping[str, bool], one: Mapping[str, Any], other: Mapping[str, Any]
    ) -> dict[str, tuple[str, str]]:
        found = {}
        for path in places:
            steps = place.parse(path)
            if self._shape is not None and place.EACH not in steps and _is_closed(self._shape, steps):
                first, second = (_values(plain.of(self._shape, label), steps) for label in (one, other))
                found[path] = (first, second)
        return found


def _second(item: Item) -> Ruling | None:
    """The opinion of somebody else: a blind one before one that came too late."""
    counting = item.ruling
    if counting is None:
        return None
    others = [each for each in item.rulings if each.by != counting.by]
    return next((each for each in others if each.blind), next(iter(others), None))


def _given(ruling: Ruling) -> Given:
    return Given(ruling.by, ruling.at, ruling.seconds, ruling.action)


def _label(ruling: Ruling, model: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What a ruling calls right; None where it rejects, or has nothing."""
    if ruling.action is Action.REJECT:
        return None
    return ruling.answer if ruling.answer is not None or ruling.action is Action.CORRECT else model


def _rules(item: Item) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each["rule"]) for each in item.record.get("violations") or ()))


def _answer(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def _is_closed(shape: Any, steps: place.Steps) -> bool:
    shapes = [each for each in comparing.branches(shape, steps) if not isinstance(each, containers.Null)]
    return bool(shapes) and all(isinstance(each, strings.Choice | numbers.Boolean) for each in shapes)


def _values(answer: Any, steps: place.Steps) -> str:
    return json.dumps(list(place.values(answer, steps)), sort_keys=True)
