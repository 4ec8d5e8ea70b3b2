"""Labels and answers in one form: JSON values, whether they were typed or as the model gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import base, containers, mapping
from processor.core.wire import plain

if TYPE_CHECKING:
    from processor.core.contracts.shapes.base import Shape


def of(shape: Shape, value: Any) -> Any:
    """A whole answer, or a part of one, as JSON values: times and decimals are strings, a map is a list of pairs.

    What does not fit the shape stays as it is.
    """
    return _pairs(shape, plain.tree(value))


def branch(shape: Shape, value: Any) -> Shape | None:
    """The shape that a JSON value is of: that of its JSON kind where several are allowed; None where none is."""
    if not isinstance(shape, containers.Union):
        return shape
    kind = "array" if isinstance(value, dict) and _map_in(shape) else base.kind_of(value)
    return next((each for each in shape.branches if each.kind == kind), None)


def _map_in(shape: containers.Union) -> bool:
    return any(isinstance(each, mapping.Map) for each in shape.branches)


def _pairs(shape: Shape, value: Any) -> Any:
    shape = branch(shape, value) or shape
    if isinstance(shape, mapping.Map) and isinstance(value, dict):
        return [{mapping.KEY: key, mapping.VALUE: _pairs(shape.values, item)} for key, item in value.items()]
    if isinstance(shape, containers.List) and isinstance(value, list):
        return [_pairs(shape.items, item) for item in value]
    if isinstance(shape, containers.Object) and isinstance(value, dict):
        known = {each.name: each.shape for each in shape.members}
        return {name: _pairs(known[name], item) if name in known else item for name, item in value.items()}
    return value
