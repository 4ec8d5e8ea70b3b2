"""One place of an answer as a control, or a group of controls, of a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Violation

Kind = Literal[
    "choice",
    "text",
    "long_text",
    "boolean",
    "integer",
    "number",
    "decimal",
    "date",
    "time",
    "uuid",
    "null",
    "record",
    "list",
    "map",
    "union",
]
"""What control shows it. A `record` and an item of a `map` (`key`, `value`) are groups of `fields`; a `list` and a
`map` hold one of `fields` for each item and grow by `blank`; a `union` holds one of `fields` for each branch."""

INDEX = "__n__"
"""Stands in the names of a blank item where its number will."""


@dataclass(frozen=True, slots=True)
class Field:
    """A control or a group.

    Attributes:
        name: of the control: `answer.lines.0.sku`. Of a list, a hidden control of this name holds how many items were
            shown; of a union and of what may be null, `<name>.__is` holds the chosen branch (`null`, `string`, …).
            Where nothing is chosen, and of a `null`, a hidden control has it posted with an empty text: what is not
            posted was not shown.
        path: JSONPath of the place: `$.lines[0].sku`.
        label: the last part of the path, in words.
        kind: as above.
        doc: what the schema says of it.
        value: the control's text, to be given back letter by letter, whatever the model said; of a choice the chosen
            symbol or one that is none, of a boolean `true`, `false` or empty for not chosen, of a list how many items
            it has. Where a group should be and is none: what stands there, as text.
        was: the value as JSON, where it holds what no form can carry: a hidden control `<name>.__was` has it.
        nullable: whether null may stand there; `is_null` whether it does.
        options: a choice's symbols.
        limits: named as HTML's attributes: `min`, `max` (of a list: items), `step`, `minlength`, `maxlength` (in
            characters: browsers count UTF-16 units, and cut what is pasted), `pattern` (of the whole text).
        expected: the allowed values in words.
        violations: what stands against this very place; those of places below are there.
        fields: of a group.
        blank: an item to be added, with `INDEX` for its number.
        branch: of a branch of a union, and of what may be null beside it, its JSON kind.
        chosen: of a union, the branch that is shown; `null` where null stands there.
    """

    name: str
    path: str
    label: str
    kind: Kind
    doc: str = ""
    value: str = ""
    was: str = ""
    nullable: bool = False
    is_null: bool = False
    options: tuple[str, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    expected: str = ""
    violations: tuple[Violation, ...] = ()
    fields: tuple[Field, ...] = ()
    blank: Field | None = None
    branch: str = ""
    chosen: str = ""
