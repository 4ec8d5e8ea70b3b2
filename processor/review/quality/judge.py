"""Looks at a decided item: what its rulings say of each other, and of the answer that the ladder had."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from processor.core import comparing
from processor.core.contracts import place
from processor.core.contracts.shapes import containers, numbers, strings
from processor.core.records import Action
from processor.measure.scoring import Scorer, plain
from processor.review.quality.seen import Disagreement, Given, Pair, Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.contracts.shapes.base import Shape
    from processor.core.records import Ruling
    from processor.core.task import Task
    from processor.review.decided import Decided

REJECTED = "\0rejected"
"""The class of an item that has no right answer: a label of its own, that no contract allows."""


class Judge:
    """Holds the answers of one task's items against each other; without the task, by their JSON."""

    def __init__(self, task: Task | None) -> None:
        self._shape = task.contract.shape if task else None
        self._scorer = Scorer(task) if task else None
        self.class_at = comparing.class_place(task.definition, task.contract) if task else ""

    def seen(self, item: Decided) -> Seen:
        """What the figures need of an item."""
        counting, second, model = item.ruling, _second(item), item.answer
        two = None if second is None else (counting, second)
        sent_back = two is not None and any(each.action is Action.SEND_BACK for each in two)
        return Seen(
            task=item.key.task,
            rules=() if item.is_audit else item.rules,
            given=tuple(map(_given, item.rulings)),
            counting=_given(counting),
            unchanged=counting.action is Action.ACCEPT and self._is(counting.answer, model),
            inclusion=item.inclusion,
            retried=item.retried,
            wrong=item.is_audit and self._wrong(counting, model),
            pair=self._pair(two, model) if two and not sent_back else None,
            sent_back=sent_back,
            disagreement=_disagreement(item),
        )

    def _is(self, answer: Mapping[str, Any] | None, model: Mapping[str, Any] | None) -> bool:
        """Whether an answer is the model's to the letter; one that accepts without its own means that."""
        if answer is None or answer == model:
            return True
        if model is None or self._shape is None:
            return False
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
        if self._scorer is None or self._shape is None:
            return Pair(one == other, (first, second), {}, {})
        scored = self._scorer.score(one, other)
        return Pair(scored.right, (first, second), scored.fields, _closed(self._shape, scored.fields, (one, other)))

    def _class(self, label: Mapping[str, Any]) -> str:
        return self._scorer.class_of(label) if self._scorer else ""


def _second(item: Decided) -> Ruling | None:
    """The opinion of somebody else: a blind one before one that came too late."""
    others = [each for each in item.rulings if each.by != item.ruling.by]
    return next((each for each in others if each.blind), next(iter(others), None))


def _disagreement(item: Decided) -> Disagreement | None:
    first = item.ruling
    second = next((each for each in item.rulings if each.blind and each.by != first.by), None)
    if item.is_audit or second is None or first.answer == second.answer:
        return None
    return Disagreement(item.mark.ref, item.key.event_id, item.summary, _given(first), _given(second))


def _given(ruling: Ruling) -> Given:
    return Given(ruling.by, ruling.at, ruling.seconds, ruling.action)


def _label(ruling: Ruling, model: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What a ruling calls right; None where it rejects, or has nothing."""
    if ruling.action is Action.REJECT:
        return None
    return ruling.answer if ruling.answer is not None or ruling.action is Action.CORRECT else model


def _closed(shape: Shape, paths: Iterable[str], labels: tuple[Any, Any]) -> dict[str, tuple[str, str]]:
    """Of those places that have a closed list of values, the value of each label."""
    every = {path: place.parse(path) for path in paths}
    closed = {path: steps for path, steps in every.items() if place.EACH not in steps and _is_closed(shape, steps)}
    first, second = (plain.of(shape, label) if closed else None for label in labels)
    return {path: (_values(first, steps), _values(second, steps)) for path, steps in closed.items()}


def _is_closed(shape: Shape, steps: place.Steps) -> bool:
    shapes = [each for each in comparing.branches(shape, steps) if not isinstance(each, containers.Null)]
    return bool(shapes) and all(isinstance(each, strings.Choice | numbers.Boolean) for each in shapes)


def _values(answer: Any, steps: place.Steps) -> str:
    return json.dumps(list(place.values(answer, steps)), sort_keys=True)
