"""How answers are held against labels when the task is measured."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import pydantic

from processor.core.definition.table import Table

NotNegative = Annotated[float, pydantic.Field(ge=0, allow_inf_nan=False)]

_OF = {"tolerance": "number", "relative": "number", "days": "date", "by": "set", "overlap": "set", "at_least": "set"}
"""The keys that only one kind of comparison has."""


class Comparison(Table):
    """How one place of the answer is held against its label: this table, or its `kind` alone as a string."""

    kind: Literal["exact", "text", "number", "date", "list", "set", "presence", "ignore"] = pydantic.Field(
        description="exact: the same; text: but for case, blanks, Unicode forms and end punctuation; number; date; "
        "list: in order; set: in any order; presence: whether there is anything; ignore: not compared"
    )
    tolerance: NotNegative = pydantic.Field(0.0, description="of a number: how far off is right")
    relative: NotNegative = pydantic.Field(0.0, description="of a number: likewise, as a share of the larger one")
    days: Annotated[int, pydantic.Field(ge=0)] = pydantic.Field(0, description="of a date: how far off is right")
    by: tuple[Annotated[str, pydantic.Field(min_length=1)], ...] = pydantic.Field(
        (), description="of a set: fields that make two items the same; the others are compared then; default: all"
    )
    overlap: Literal["exact", "f1", "jaccard"] = pydantic.Field(
        "exact", description="of a set: the same items, or a measure of how many are shared"
    )
    at_least: Annotated[float, pydantic.Field(gt=0, le=1)] | None = pydantic.Field(
        None, description="of a set: how much overlap is right; needed for f1 and jaccard"
    )

    @pydantic.model_validator(mode="before")
    @classmethod
    def _kind_alone(cls, given: Any) -> Any:
        return {"kind": given} if isinstance(given, str) else given

    @pydantic.model_validator(mode="after")
    def _keys_fit_the_kind(self) -> Self:
        for name in self.model_fields_set & _OF.keys():
            if self.kind != _OF[name]:
                raise ValueError(f'`{name}` is for kind = "{_OF[name]}"')
        if (self.overlap == "exact") != (self.at_least is None):
            raise ValueError('`at_least` goes with overlap = "f1" or "jaccard"')
        return self


class Measure(Table):
    """How the task is measured: `untuned measure`. See docs/cases.md."""

    compare: dict[str, Comparison] = pydantic.Field(
        default_factory=dict, description="place in the answer -> how it is compared; default: by its type"
    )
    class_at: str | None = pydantic.Field(
        default=None,
        alias="class",
        description="place whose value is a case's class: `$.name`; default: a step's `field`, else the first enum",
    )
    group: str | None = pydantic.Field(
        default=None,
        min_length=1,
        description="attribute or input field that cases have in common which are not independent, as `customer`",
    )
