"""Text and enums of which one event allows only some values: those that were retrieved for it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from processor.core.contracts.place import EACH
from processor.core.contracts.shapes import base, containers, strings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from processor.core.contracts.place import Steps
    from processor.core.records import Violation

    Leaf = strings.Text | strings.Choice

TOLD = 250
TOLD_CHARACTERS = 15_000
"""Values that a model is told. OpenAI's structured outputs take 1,000 enum values in a whole schema, and over 250 in
one enum only in 15,000 characters. With more than this the schema stays open, and the check alone holds the values.

Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

SHOWN = 30
"""How many of the values a violation lists: more than of an enum, which the prompt's schema shows every time."""

SHOWN_CHARACTERS = 400
"""And in how many characters, where the values are long."""


@dataclass(frozen=True, slots=True)
class Narrowed(strings.String):
    """One of some of the values that `wide` allows. `values` are not empty."""

    wide: Leaf
    values: tuple[str, ...]

    def json_schema(self) -> dict[str, Any]:
        if len(self.values) > TOLD or sum(map(len, self.values)) > TOLD_CHARACTERS:
            return self.wide.json_schema()
        return {"type": "string", "enum": list(self.values)}

    @property
    def expected(self) -> str:
        # In one line: a value of several could pose as more of the prompt that lists it.
        values = [" ".join(value.split()) for value in self.values]
        fitting = sum(used <= SHOWN_CHARACTERS for used in itertools.accumulate(map(len, values)))
        if not fitting:
            return f"one of the {len(values)} values that were retrieved"
        return "one of " + base.listed(values, min(SHOWN, fitting))

    def check_text(self, value: str, path: str) -> Iterator[Violation]:
        if value not in self.values:
            hint = strings.did_you_mean(value, self.values)
            message = f"is none of the values that were retrieved for this event{hint}"
            yield self.wrong(value, path, "narrowed", message)


def narrow(shape: base.Shape, steps: Steps, values: Collection[str]) -> base.Shape:
    """The shape with the place at `steps` narrowed to those of the values that it allows; unchanged if it allows none.

    Raises:
        LookupError: it has no such place, or no text or enum stands there.
    """

    def leaf(found: Leaf) -> base.Shape:
        kept = allowed(found, values)
        return Narrowed(found, kept) if kept else found

    return _replaced(shape, steps, leaf)


def at(shape: base.Shape, steps: Steps) -> Leaf:
    """The text or enum at a place.

    Raises:
        LookupError: as `narrow`.
    """
    found: list[Leaf] = []

    def leaf(shape: Leaf) -> base.Shape:
        found.append(shape)
        return shape

    _replaced(shape, steps, leaf)
    return found[0]


def allowed(leaf: Leaf, values: Collection[str]) -> tuple[str, ...]:
    """Those of the values that a shape allows, each once: symbols in their own order, texts by the alphabet.

    Equal sets of values give equal schemas that way, which servers need not compile again.
    """
    if isinstance(leaf, strings.Choice):
        return tuple(symbol for symbol in leaf.symbols if symbol in values)
    return tuple(sorted(value for value in set(values) if next(leaf.check(value, "$"), None) is None))


def _replaced(shape: base.Shape, steps: Steps, leaf: Callable[[Leaf], base.Shape]) -> base.Shape:
    """The same tree with what `leaf` makes of the shape at the place."""
    if isinstance(shape, containers.Union):
        branch = _branch(shape, steps)
        changed = _replaced(branch, steps, leaf)
        return replace(shape, branches=tuple(changed if each is branch else each for each in shape.branches))
    if not steps:
        if isinstance(shape, strings.Text | strings.Choice):
            return leaf(shape)
        raise LookupError("no text and no enum stands there")
    step, rest = steps[0], steps[1:]
    if isinstance(shape, containers.List) and step == EACH:
        return replace(shape, items=_replaced(shape.items, rest, leaf))
    if isinstance(shape, containers.Object) and any(member.name == step for member in shape.members):
        return replace(
            shape,
            members=tuple(
                replace(member, shape=_replaced(member.shape, rest, leaf)) if member.name == step else member
                for member in shape.members
            ),
        )
    raise LookupError("the answer has no such place")


def _branch(shape: containers.Union, steps: Steps) -> base.Shape:
    """The one branch that a place can be in: the branches of a union differ by their JSON kind."""
    kind: base.Kind = "string" if not steps else "array" if steps[0] == EACH else "object"
    found = next((branch for branch in shape.branches if branch.kind == kind), None)
    if found is None:
        raise LookupError("the answer has no such place" if steps else "no text and no enum stands there")
    return found
