"""What a line of a file of cases says beside its event: the label, and what is known of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from processor.core import comparing, errors
from processor.core.contracts import place
from processor.core.contracts.shapes import containers, numbers, strings
from processor.core.files import intake
from processor.core.wire import plain, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.contracts.shapes.base import Shape
    from processor.core.records import Event
    from processor.core.task import Task
    from processor.measure.records import Case

EXPECTED = "expected"

COLUMN = f"{EXPECTED}."
"""What the name of a CSV column begins with that holds one place of the label."""


def parse(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields of a JSON line say of a `Case`, by its attributes' names.

    Raises:
        UsageError: what is wrong; none of its contents.
    """
    if not isinstance(fields.get(EXPECTED), dict):
        raise errors.UsageError(f"it has no object `{EXPECTED}`, the right answer")
    return {
        "expected": fields[EXPECTED],
        "labelled_by": _texts(fields, "labelled_by"),
        "labels_by": _labels_by(fields),
        "agreed": _optional(fields, "agreed", bool, "true, false or null"),
        "inclusion": _inclusion(fields),
        "gold": _texts(fields, "gold"),
        "group": _optional(fields, "group", str, "a text") or "",
        "first_answer": _optional(fields, "first_answer", dict, "an object or null"),
    }


def line(case: Case) -> str:
    """A case as a line of a file of cases, without the line's end; what is not known is left out."""
    event = case.event
    fields: dict[str, Any] = {
        "id": event.id,
        "input": event.input,
        "attributes": event.attributes,
        "created_at": None if event.created_at is None else intake.time_text(event.created_at),
        "expected": case.expected,
        "labelled_by": list(case.labelled_by),
        "labels_by": case.labels_by,
        "agreed": case.agreed,
        "inclusion": case.inclusion,
        "gold": list(case.gold),
        "group": case.group,
        "first_answer": case.first_answer,
    }
    told = ("id", "input", "expected")
    kept = {name: value for name, value in fields.items() if name in told or value not in (None, "", [], {})}
    return json.dumps(plain.tree(kept), ensure_ascii=False)


def group_of(task: Task, event: Event) -> str:
    """What an event has in common with others that are not independent of it, as [measure] `group` says."""
    name = task.definition.measure.group
    if name is None:
        return ""
    found = event.attributes.get(name, event.input.get(name, ""))
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def from_cells(task: Task, cells: Mapping[str, str]) -> dict[str, Any]:
    """The label in the columns `expected` (a JSON object) and `expected.<place>` of a CSV row.

    An empty cell is null where the contract allows it, and else not labelled.

    Raises:
        UsageError: what is wrong; none of its contents.
    """
    whole = cells.get(EXPECTED, "").strip()
    label = _json(whole, EXPECTED) if whole else {}
    if not isinstance(label, dict):
        raise errors.UsageError(f"its `{EXPECTED}` is not a JSON object")
    for column, text in cells.items():
        if column != EXPECTED:
            _enter(task, label, column, text)
    if not label:
        raise errors.UsageError(f"it has no label: columns `{EXPECTED}`, or `{COLUMN}<field>` for each field")
    return label


def _enter(task: Task, label: dict[str, Any], column: str, text: str) -> None:
    try:
        steps = place.parse(f"$.{column.removeprefix(COLUMN)}")
    except ValueError:
        steps = ()
    shapes = comparing.branches(task.contract.shape, steps) if steps else ()
    if not shapes or place.EACH in steps:
        raise errors.UsageError(f"the answer has no field for the column `{column}`")
    if text.strip() in ("", "null") and any(isinstance(shape, containers.Null) for shape in shapes):
        value = None
    elif not text.strip():
        return
    else:
        value = _cell(shapes, column, text)
    for name in steps[:-1]:
        label = label.setdefault(name, {})
    label[steps[-1]] = value


def _cell(shapes: tuple[Shape, ...], column: str, text: str) -> Any:
    if any(isinstance(shape, strings.String) for shape in shapes):
        return text
    if any(isinstance(shape, numbers.Boolean) for shape in shapes):
        text = text.lower()  # spreadsheets write TRUE
    return _json(text, column)


def _json(text: str, column: str) -> Any:
    try:
        return strict_json.loads(text)
    except ValueError as error:
        raise errors.UsageError(f"its `{column}` is not JSON") from error


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name) or []
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise errors.UsageError(f"its `{name}` is not a list of texts")
    return tuple(value)


def _optional(fields: Mapping[str, Any], name: str, kind: type, words: str) -> Any:
    value = fields.get(name)
    if value is not None and not isinstance(value, kind):
        raise errors.UsageError(f"its `{name}` is not {words}")
    return value


def _labels_by(fields: Mapping[str, Any]) -> dict[str, Any]:
    found = _optional(fields, "labels_by", dict, "an object of labels") or {}
    if not all(isinstance(label, dict) for label in found.values()):
        raise errors.UsageError("its `labels_by` is not an object of labels")
    return dict(found)


def _inclusion(fields: Mapping[str, Any]) -> float | None:
    value = fields.get("inclusion")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise errors.UsageError("its `inclusion` is not a probability over 0 and up to 1")
    return float(value)
