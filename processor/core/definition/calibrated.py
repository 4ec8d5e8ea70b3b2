"""The table of task.toml that says under which guarantee the steps' thresholds were chosen."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

import pydantic

from processor.core.definition.table import Positive, Table

Open = Annotated[float, pydantic.Field(gt=0, lt=1)]
Count = Annotated[int, pydantic.Field(ge=0)]


class Calibration(Table):
    """What `untuned calibrate` promises of the accepted answers; it counts for the task exactly as it was then."""

    of: str = pydantic.Field(
        pattern=r"^[0-9a-f]{16}$",
        description="digest of all that it is about: definition, thresholds, prompts, schema, rules, models",
    )
    date: dt.date = pydantic.Field(description="when it was made")
    max_error: Open = pydantic.Field(description="at most this share of the accepted answers is wrong …")
    confidence: Open = pydantic.Field(description="… with this confidence: over cases that were drawn anew")
    n: Positive = pydantic.Field(description="labelled cases that certify it")
    accepted: Positive = pydantic.Field(description="of them, those whose answer is accepted without people")
    errors: Count = pydantic.Field(description="of those, the wrong ones")
    method: str = pydantic.Field(min_length=1, description="how thresholds were chosen and tested")
    seed: int = pydantic.Field(description="of the split into cases that choose and cases that certify")
    models: tuple[str, ...] = pydantic.Field(
        default=(), description="that answered, as their servers named them; a result by another is not covered"
    )
    classes: dict[str, Count] = pydantic.Field(
        default_factory=dict, description="how many of the cases had which label, to see when the mix changes"
    )

    @pydantic.model_validator(mode="after")
    def _adds_up(self) -> Self:
        if not self.errors <= self.accepted <= self.n:
            raise ValueError("`errors` are among `accepted`, and those among `n`")
        return self

    @property
    def coverage(self) -> float:
        """The share of cases that was accepted, from 0 to 1."""
        return self.accepted / self.n
