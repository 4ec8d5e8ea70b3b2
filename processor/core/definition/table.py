"""What all tables of task.toml and models.toml have in common."""

from __future__ import annotations

from typing import Annotated

import pydantic

Positive = Annotated[int, pydantic.Field(gt=0)]


class Table(pydantic.BaseModel):
    """A table of TOML: unknown keys are errors."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
