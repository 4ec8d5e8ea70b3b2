"""Which comparison fits which place of an answer: what [measure] may say, and what holds where it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import definition, errors, suggest
from processor.core.contracts import place
from processor.core.contracts.shapes import containers, mapping, numbers, strings
from processor.core.contracts.shapes.base import Shape
from processor.core.definition import Comparison

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.contracts.contract import Contract
    from processor.core.contracts.place import Steps

FITS: Mapping[str, tuple[type[Shape], ...]] = {
    "exact": (Shape,),
    "presence": (Shape,),
    "ignore": (Shape,),
    "text": (strings.Text,),
    "number": (numbers.Integer, numbers.Real, strings.Decimal, strings.Text),
    "date": (strings.Date, strings.Timestamp, strings.Text),
    "list": (containers.List,),
    "set": (containers.List,),
}
"""The types of the contract that each kind of comparison is for."""

ROUNDED = 1e-9
"""How far apart two floating point numbers are the same, as a share of the larger one."""

# Made once: to hold one answer against another asks for one at each of its places.
_ENTRIES = Comparison(kind="set", by=(mapping.KEY,))
_LIST = Comparison(kind="list")
_NUMBER = Comparison(kind="number", relative=ROUNDED)
_TEXT = Comparison(kind="text")
_EXACT = Comparison(kind="exact")


def default(shape: Shape) -> Comparison:
    """How a place of this type is compared: closed lists and patterns exactly, free text but for its looks."""
    if isinstance(shape, mapping.Map):
        return _ENTRIES
    if isinstance(shape, containers.List):
        return _LIST
    if isinstance(shape, numbers.Real):
        return _NUMBER
    return _TEXT if isinstance(shape, strings.Text) and shape.pattern is None else _EXACT


def at(shape: Shape, steps: Steps) -> tuple[Shape, ...]:
    """The types that may stand at a place, null left out; empty where the answer has no such place."""
    return tuple(found for found in branches(shape, steps) if not isinstance(found, containers.Null))


def branches(shape: Shape, steps: Steps) -> tuple[Shape, ...]:
    """The types that may stand at a place, null among them."""
    if isinstance(shape, containers.Union):
        return tuple(found for branch in shape.branches for found in branches(branch, steps))
    if not steps:
        return (shape,)
    if isinstance(shape, containers.List):
        return branches(shape.items, steps[1:]) if steps[0] == place.EACH else ()
    if isinstance(shape, containers.Object):
        return next((branches(each.shape, steps[1:]) for each in shape.members if each.name == steps[0]), ())
    return ()


def class_place(parsed: definition.Definition, answer: Contract) -> str:
    """The place whose value is the class of a case, such as `$.queue`; empty where answers have no class.

    It is what [measure] names, else what a step's agreement is about, else the first field with an enumeration.
    """
    named = parsed.measure.class_at or next((step.field for step in parsed.step if step.field), None)
    if named:
        return named
    names = answer.json_schema["properties"]
    return next((f"$.{name}" for name in names if isinstance(_only(at(answer.shape, (name,))), strings.Choice)), "")


def check(parsed: definition.Definition, answer: Contract, path: str, text: str) -> None:
    """Whether answers can be compared as [measure] says.

    Args:
        parsed: the task's definition.
        answer: its contract.
        path: of task.toml, for messages.
        text: of task.toml.

    Raises:
        DefinitionError: the first that cannot, with its line.
    """
    for target, comparison in parsed.measure.compare.items():
        try:
            _check_fits(answer, target, comparison)
        except ValueError as error:
            line = definition.line_of(text, ("measure", "compare", target))
            raise errors.DefinitionError(path, f"measure.compare: {error}", line) from error
    try:
        _check_class(answer, parsed.measure.class_at)
    except ValueError as error:
        line = definition.line_of(text, ("measure", "class"))
        raise errors.DefinitionError(path, f"measure.class: {error}", line) from error


def _check_fits(answer: Contract, target: str, comparison: Comparison) -> None:
    shapes = _known(answer, target)
    fitting = [shape for shape in shapes if isinstance(shape, FITS[comparison.kind])]
    if not fitting or (comparison.kind == "list" and isinstance(fitting[0], mapping.Map)):
        wanted = " or ".join(dict.fromkeys(shape.expected for shape in shapes))
        raise ValueError(f'kind = "{comparison.kind}" does not fit {target}: it holds {wanted}')
    for name in comparison.by:
        items = _only(at(answer.shape, (*place.parse(target), place.EACH)))
        known = [each.name for each in items.members] if isinstance(items, containers.Object) else []
        if name not in known:
            raise ValueError(f"the items of {target} have no field `{name}`: {suggest.instead(name, known)}")


def _check_class(answer: Contract, target: str | None) -> None:
    if target is None:
        return
    shape = _only(_known(answer, target))
    if place.EACH in place.parse(target) or not isinstance(shape, strings.Text | strings.Choice | numbers.Boolean):
        raise ValueError(f"{target} holds no text, enum or boolean that an answer has one of")


def _known(answer: Contract, target: str) -> tuple[Shape, ...]:
    """The types at a place.

    Raises:
        ValueError: it is no place, or the answer has no such place.
    """
    shapes = at(answer.shape, place.parse(target))
    if not shapes:
        raise ValueError(f"the answer has no place {target}")
    return shapes


def _only(shapes: tuple[Shape, ...]) -> Shape | None:
    return shapes[0] if len(shapes) == 1 else None
