"""A contract's shapes and an answer -> the fields of a form.

The answer may be anything: a model's that does not fit, or one that a reviewer is still at. What stands at a place and
is no value of its type is shown there as text.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import base, containers, mapping, narrowed, numbers, strings
from processor.review.forms import names, placing, texts
from processor.review.forms.field import INDEX, Field, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.contracts.shapes.base import Shape
    from processor.core.records import Violation

ITEMS_LIMIT = 1000
"""Items of one list that a form shows and takes."""

LINE = 100
"""Characters of a text that fit into a control of one line."""

_KINDS: Mapping[type[Shape], Kind] = {
    strings.Choice: "choice",
    narrowed.Narrowed: "choice",
    strings.Text: "text",
    strings.Date: "date",
    strings.Timestamp: "time",
    strings.Decimal: "decimal",
    strings.Uuid: "uuid",
    numbers.Boolean: "boolean",
    numbers.Integer: "integer",
    numbers.Real: "number",
    containers.Null: "null",
}
_CHOSEN = ("choice", "boolean", "null")
"""What nobody writes: what comes back is told by `texts.value`."""

_LIMITS = {
    "minimum": "min",
    "maximum": "max",
    "minItems": "min",
    "maxItems": "max",
    "minLength": "minlength",
    "maxLength": "maxlength",
}
_MISSING: Any = object()


def build(shape: Shape, answer: Any | None, violations: Sequence[Violation] = ()) -> Field:
    """The form of an answer, with what stands against each place of it.

    Args:
        shape: of the task's contract.
        answer: as JSON as a model gives it, or anything else; None where there is none.
        violations: each is put at the field of its path, else at the nearest one above it.
    """
    made = _field(shape, _MISSING if answer is None else answer, names.ROOT, "$", "Answer")
    return placing.place(made, violations)


def _field(shape: Shape, value: Any, name: str, path: str, label: str, doc: str = "") -> Field:
    branches, nullable = names.branches(shape)
    several = len(branches) > 1
    made = _union(branches, value, name, path, label) if several else _plain(branches[0], value, name, path, label)
    if not nullable:
        return replace(made, doc=doc) if doc else made
    null = value is _MISSING or value is None
    return replace(
        made,
        doc=doc or made.doc,
        nullable=True,
        is_null=null,
        branch="" if several else branches[0].kind,
        chosen=names.NULL if null else made.chosen,
        expected=f"{made.expected} or null" if made.expected else "",
    )


def _union(branches: tuple[Shape, ...], value: Any, name: str, path: str, label: str) -> Field:
    kind = base.kind_of(value) if value is not _MISSING else names.NULL
    chosen = next((each for each in branches if each.kind == kind), branches[0])
    fields = tuple(
        replace(
            _plain(each, value if each is chosen else _MISSING, names.branch(name, each), path, label),
            branch=each.kind,
        )
        for each in branches
    )
    expected = " or ".join(field.expected for field in fields if field.expected)
    return Field(name, path, label, "union", expected=expected, fields=fields, chosen=chosen.kind)


def _plain(shape: Shape, value: Any, name: str, path: str, label: str) -> Field:
    if isinstance(shape, containers.Object):
        return _record(shape, value, name, path, label)
    if isinstance(shape, containers.List):
        return _list(shape, value, name, path, label)
    text = _text(shape, value)
    kind = _KINDS[type(shape)]
    if isinstance(shape, strings.Text) and _is_long(shape, text):
        kind = "long_text"
    if isinstance(shape, numbers.Boolean) and not isinstance(value, bool):
        text = ""
    return Field(
        name,
        path,
        label,
        kind,
        value=text,
        was="" if kind in _CHOSEN else texts.kept(text),
        options=_options(shape),
        limits=_limits(shape),
        expected=_expected(shape),
    )


def _record(shape: containers.Object, value: Any, name: str, path: str, label: str) -> Field:
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    fields = tuple(
        _field(
            each.shape,
            given.get(each.name, _MISSING),
            names.member(name, each.name),
            base.member(path, each.name),
            _words(each.name),
            each.description,
        )
        for each in shape.members
    )
    text = "" if isinstance(value, dict) else _text(shape, value)
    return Field(name, path, label, "record", doc=shape.description, value=text, fields=fields)


def _list(shape: containers.List, value: Any, name: str, path: str, label: str) -> Field:
    items = value
    if isinstance(shape, mapping.Map) and isinstance(value, dict):
        # What models write instead of pairs, and what a result has.
        items = [{mapping.KEY: key, mapping.VALUE: each} for key, each in value.items()]
    is_list = isinstance(items, list)
    fields = tuple(
        _field(shape.items, each, f"{name}.{number}", f"{path}[{number}]", f"Item {number + 1}")
        for number, each in enumerate(items[:ITEMS_LIMIT] if is_list else ())
    )
    return Field(
        name,
        path,
        label,
        "map" if isinstance(shape, mapping.Map) else "list",
        value=str(len(items)) if is_list else _text(shape, value),
        limits=_limits(shape),
        expected=shape.expected,
        fields=fields,
        blank=_field(shape.items, _MISSING, f"{name}.{INDEX}", f"{path}[]", "New item"),
    )


def _text(shape: Shape, value: Any) -> str:
    """A value as its control shows it; a number with all of its digits."""
    if value is _MISSING or value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(shape, numbers.Integer) and isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_long(shape: strings.Text, text: str) -> bool:
    """Whether a text needs a control of several lines: those of one line drop line breaks."""
    room = shape.max_length is None and shape.pattern is None
    return room or (shape.max_length or 0) > LINE or len(text) > LINE or "\n" in text or "\r" in text


def _options(shape: Shape) -> tuple[str, ...]:
    if isinstance(shape, strings.Choice):
        return shape.symbols
    return shape.values if isinstance(shape, narrowed.Narrowed) else ()


def _limits(shape: Shape) -> dict[str, str]:
    schema = shape.json_schema()
    found = {attribute: str(schema[name]) for name, attribute in _LIMITS.items() if name in schema}
    if "pattern" in schema:
        found["pattern"] = schema["pattern"][1:-1]
    if isinstance(shape, numbers.Integer):
        found["step"] = "1"
    elif isinstance(shape, numbers.Real):
        found["step"] = "any"
    return found


def _expected(shape: Shape) -> str:
    # In JSON it is quoted; in a form nothing is.
    return shape.expected.replace(" in quotes, without an exponent,", "")


def _words(name: str) -> str:
    """A member's name for people: `purchase_order` and `purchaseOrder` are `Purchase order`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).replace("_", " ").split()
    words = " ".join(word if word.isupper() else word.lower() for word in parted)
    return words[:1].upper() + words[1:] or name
