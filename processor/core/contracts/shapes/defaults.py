"""Defaults of fields, which avro itself does not check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import containers, mapping, numbers, strings

if TYPE_CHECKING:
    from processor.core.contracts.shapes.base import Shape
    from processor.core.contracts.shapes.leaf import Complain


def check(shape: Shape, default: Any, complain: Complain) -> None:
    """Avro's own rule: a default is written as Avro writes it in JSON, and that of a union fits its first type.

    Raises:
        DefinitionError: as `complain` makes it.
    """
    first = shape.branches[0] if isinstance(shape, containers.Union) else shape
    if not _fits(first, default):
        kind = "of the union's first type: " if first is not shape else ""
        expected = "an object" if isinstance(first, mapping.Map) else first.expected
        raise complain(f"the default must be {kind}{expected}")


def _fits(shape: Shape, default: Any) -> bool:
    if isinstance(shape, containers.Union):
        return _fits(shape.branches[0], default)
    if isinstance(shape, strings.Date | strings.Timestamp | strings.Decimal):
        return True  # Avro writes these as the number or the bytes underneath
    if isinstance(shape, mapping.Map):
        return isinstance(default, dict) and all(_fits(shape.values, value) for value in default.values())
    if isinstance(shape, containers.List):
        return isinstance(default, list) and all(_fits(shape.items, item) for item in default)
    if isinstance(shape, containers.Object):
        members = {member.name: member.shape for member in shape.members}
        return (
            isinstance(default, dict)
            and default.keys() == members.keys()
            and all(_fits(members[name], value) for name, value in default.items())
        )
    whole = isinstance(shape, numbers.Integer) and isinstance(default, float)
    return not whole and next(shape.check(default, "$"), None) is None
