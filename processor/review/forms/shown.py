"""A contract's shapes and an answer -> the fields of a form.

The answer may be anything: a model's that does not fit, or one that a reviewer is still at. What stands at a place and
is no value of its type is shown there as text.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from processor.core.contracts.shapes import base, containers, mapping, numbers, strings
from processor.review.forms import names, placing, texts
from processor.review.forms.field import INDEX, Field
from processor.review.forms.saying import Sayings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.contracts.shapes.base import Shape
    from processor.core.records import Violation
    from processor.review.forms.field import Kind

ITEMS_LIMIT = 1000
"""Items of one list that a form shows and takes."""

LINE = 100
"""Characters of a text that fit into a control of one line."""

_CHOSEN = ("choice", "boolean", "null")
"""What nobody writes: what comes back is told by `texts.value`."""

_MISSING: Any = object()
_JSON = json.JSONEncoder(ensure_ascii=False, default=str)


def build(shape: Shape, answer: Any | None, violations: Sequence[Violation] = ()) -> Field:
    """The form of an answer, with what stands against each place of it.

    Args:
        shape: of the task's contract.
        answer: as JSON as a model gives it, or anything else; None where there is none.
        violations: each is put at the field of its path, else at the nearest one above it.
    """
    made = _Building().field(shape, _MISSING if answer is None else answer, _At(names.ROOT, "$", "Answer"))
    return placing.place(made, violations)


class _At(NamedTuple):
    """Where a field stands: as in `Field`."""

    name: str
    path: str
    label: str
    doc: str = ""


class _Building:
    """The fields of one form."""

    def __init__(self) -> None:
        self._said = Sayings()

    def field(self, shape: Shape, value: Any, at: _At) -> Field:
        """A place of the answer."""
        branches, nullable = self._said.branches(shape)
        several = len(branches) > 1
        made = self._union(branches, value, at) if several else self._plain(branches[0], value, at)
        if not nullable:
            return made
        null = value is _MISSING or value is None
        return replace(
            made,
            nullable=True,
            is_null=null,
            branch="" if several else branches[0].kind,
            chosen=names.NULL if null else made.chosen,
            expected=f"{made.expected} or null" if made.expected else "",
        )

    def _union(self, branches: tuple[Shape, ...], value: Any, at: _At) -> Field:
        kind = base.kind_of(value) if value is not _MISSING else names.NULL
        chosen = next((each for each in branches if each.kind == kind), branches[0])
        fields = tuple(
            replace(
                self._plain(
                    each, value if each is chosen else _MISSING, _At(names.branch(at.name, each), at.path, at.label)
                ),
                branch=each.kind,
            )
            for each in branches
        )
        expected = " or ".join(field.expected for field in fields if field.expected)
        return Field(*at[:3], "union", at.doc, expected=expected, fields=fields, chosen=chosen.kind)

    def _plain(self, shape: Shape, value: Any, at: _At) -> Field:
        if isinstance(shape, containers.Object):
            return self._record(shape, value, at)
        if isinstance(shape, containers.List):
            return self._list(shape, value, at)
        said, text = self._said.of(shape), _text(shape, value)
        kind: Kind = "long_text" if isinstance(shape, strings.Text) and _is_long(shape, text) else said.kind
        if isinstance(shape, numbers.Boolean) and not isinstance(value, bool):
            text = ""
        was = "" if kind in _CHOSEN else texts.kept(text)
        return Field(*at[:3], kind, at.doc, text, was, options=said.options, limits=said.limits, expected=said.expected)

    def _record(self, shape: containers.Object, value: Any, at: _At) -> Field:
        given: Mapping[str, Any] = value if isinstance(value, dict) else {}
        fields = tuple(
            self.field(
                each.shape,
                given.get(each.key, _MISSING),
                _At(at.name + each.name, at.path + each.path, each.label, each.doc),
            )
            for each in self._said.parts(shape)
        )
        text = "" if isinstance(value, dict) else _text(shape, value)
        return Field(*at[:3], "record", at.doc or shape.description, text, fields=fields)

    def _list(self, shape: containers.List, value: Any, at: _At) -> Field:
        items = value
        if isinstance(shape, mapping.Map) and isinstance(value, dict):
            # What models write instead of pairs, and what a result has.
            items = [{mapping.KEY: key, mapping.VALUE: each} for key, each in value.items()]
        is_list = isinstance(items, list)
        fields = tuple(
            self.field(shape.items, each, _At(f"{at.name}.{number}", f"{at.path}[{number}]", f"Item {number + 1}"))
            for number, each in enumerate(items[:ITEMS_LIMIT] if is_list else ())
        )
        said = self._said.of(shape)
        return Field(
            *at[:3],
            said.kind,
            at.doc,
            str(len(items)) if is_list else _text(shape, value),
            limits=said.limits,
            expected=said.expected,
            fields=fields,
            blank=self.field(shape.items, _MISSING, _At(f"{at.name}.{INDEX}", f"{at.path}[]", "New item")),
        )


def _text(shape: Shape, value: Any) -> str:
    """A value as its control shows it; a number with all of its digits."""
    if value is _MISSING or value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(shape, numbers.Integer) and isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _JSON.encode(value)


def _is_long(shape: strings.Text, text: str) -> bool:
    """Whether a text needs a control of several lines: those of one line drop line breaks."""
    room = shape.max_length is None and shape.pattern is None
    return room or (shape.max_length or 0) > LINE or len(text) > LINE or "\n" in text or "\r" in text
