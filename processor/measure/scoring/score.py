"""An answer held against its label, place by place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from processor.core import comparing
from processor.core.contracts import place
from processor.core.contracts.shapes import containers, mapping
from processor.measure.records import Score
from processor.measure.scoring import compare, pairing, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.contracts.place import Steps
    from processor.core.contracts.shapes.base import Shape
    from processor.core.definition import Comparison
    from processor.core.task import Task

MISSING = object()
"""What stands where an answer lacks what is labelled."""

Found = tuple[str, bool]
"""A place such as `$.lines[*].sku`, and whether it is right."""


class Scorer:
    """Scores the answers of one task."""

    def __init__(self, task: Task) -> None:
        self._shape = task.contract.shape
        self._declared = {place.parse(path): each for path, each in task.definition.measure.compare.items()}
        named = comparing.class_place(task.definition, task.contract)
        self._class = place.parse(named) if named else None

    def score(self, expected: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Score:
        """What of the label an answer has right.

        Args:
            expected: the label, or the part of the answer that is labelled; what it lacks is not compared.
            answer: JSON as the model gave it, or typed (Decimal, date, a map as an object), whole or in part, whether
                it fits the contract or not; None for none, which has every labelled place wrong.
        """
        given = MISSING if answer is None else plain.of(self._shape, answer)
        fields: dict[str, bool] = {}
        for path, right in self._walk(self._shape, (), plain.of(self._shape, expected), given):
            fields[path] = fields.get(path, True) and right
        return Score(fields)

    def agree(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two labels say the same where both say something."""
        shared = one.keys() & other.keys()
        return self.score(*({name: label[name] for name in shared} for label in (one, other))).right

    def class_of(self, expected: Mapping[str, Any]) -> str:
        """The class of a label or an answer; empty where it has none, `null` where it is null."""
        if self._class is None:
            return ""
        found = next(place.values(plain.of(self._shape, expected), self._class), "")
        return found if isinstance(found, str) else json.dumps(found)

    def _walk(self, shape: Shape, steps: Steps, expected: Any, answer: Any) -> Iterator[Found]:
        path, given = _path(steps), answer is not MISSING
        declared, branch = self._declared.get(steps), plain.branch(shape, expected)
        if declared is not None and declared.kind == "ignore":
            return
        if branch is None:  # a label that breaks the contract; its like is the same
            yield path, given and bool(expected == answer)
            return
        comparison = declared if declared is not None and _fits(declared, branch) else comparing.default(branch)
        whole = declared is not None and declared.kind in ("exact", "presence")
        if isinstance(branch, containers.Object) and isinstance(expected, dict) and not whole:
            yield from self._record(branch, steps, expected, answer)
        elif isinstance(branch, containers.List) and isinstance(expected, list) and not whole:
            items = self._set if comparison.kind == "set" else self._list
            yield from items(branch, steps, comparison, (expected, answer))
        else:
            yield path, given and compare.same(comparison, branch, expected, answer)

    def _record(self, shape: containers.Object, steps: Steps, expected: dict[str, Any], answer: Any) -> Iterator[Found]:
        known = {each.name: each.shape for each in shape.members}
        for name, value in expected.items():
            found = answer.get(name, MISSING) if isinstance(answer, dict) else MISSING
            if name in known:
                yield from self._walk(known[name], (*steps, name), value, found)
            else:
                yield _path((*steps, name)), bool(found == value)

    def _list(self, shape: containers.List, steps: Steps, _: Comparison, pair: tuple[Any, Any]) -> Iterator[Found]:
        expected, answer = pair[0], pair[1] if isinstance(pair[1], list) else []
        yield _path(steps), isinstance(pair[1], list) and len(answer) == len(expected)
        for number, item in enumerate(expected):
            yield from self._item(shape, steps, item, answer[number] if number < len(answer) else MISSING)

    def _item(self, shape: containers.List, steps: Steps, expected: Any, answer: Any) -> Iterator[Found]:
        """One item's places; those of plain values are told as their list's: there is nothing below to tell apart."""
        inside = (*steps, place.EACH)
        own, parent = _path(inside), _path(steps)
        same_key = self._is_same_key(shape, inside, expected, answer)
        for path, right in self._walk(shape.items, inside, expected, answer):
            if path == f"{own}.{mapping.KEY}":
                yield path, right and same_key
            else:
                yield (parent if path == own else path), right

    def _is_same_key(self, shape: containers.List, inside: Steps, expected: Any, answer: Any) -> bool:
        """Whether two entries of a map have the very same key; True of other lists, and where the key is declared.

        A key is a name and no free text: its case counts.
        """
        entries = isinstance(shape, mapping.Map) and isinstance(expected, dict) and isinstance(answer, dict)
        if not entries or (*inside, mapping.KEY) in self._declared:
            return True
        return bool(expected.get(mapping.KEY) == answer.get(mapping.KEY))

    def _set(self, shape: containers.List, steps: Steps, how: Comparison, pair: tuple[Any, Any]) -> Iterator[Found]:
        expected, answer = pair[0], pair[1] if isinstance(pair[1], list) else []
        keys = tuple(_path((*steps, place.EACH, name)) for name in how.by)

        def best(one: Any, other: Any) -> bool:
            return all(right for _, right in self._item(shape, steps, one, other))

        def like(one: Any, other: Any) -> bool:
            return all(right for path, right in self._item(shape, steps, one, other) if _is_under(path, keys))

        pairs = pairing.pair(expected, answer, like, best) if keys else pairing.pair(expected, answer, best)
        shared = pairing.overlap(how.overlap, len(pairs), len(expected), len(answer))
        enough = isinstance(pair[1], list) and shared >= (how.at_least or 1.0)
        yield _path(steps), enough
        for number, item in enumerate(expected if keys else ()):
            if number in pairs or not enough:  # what may be missing has nothing to be compared with
                found = answer[pairs[number]] if number in pairs else MISSING
                places = self._item(shape, steps, item, found)
                yield from (each for each in places if not _is_under(each[0], keys))


def _fits(declared: Comparison, shape: Shape) -> bool:
    return isinstance(shape, comparing.FITS[declared.kind])


def _is_under(path: str, places: tuple[str, ...]) -> bool:
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in places)


def _path(steps: Steps) -> str:
    return "$" + "".join("[*]" if step == place.EACH else f".{step}" for step in steps)
