"""The tables of task.toml that say how much people look at beside what the ladder cannot settle."""

from __future__ import annotations

from typing import Annotated

import pydantic

from processor.core.definition.table import Table

Drawn = Annotated[float, pydantic.Field(gt=0, le=1)]
"""A probability. It is never 0: what cannot be drawn, nothing can be said of."""


class Audit(Table):
    """A random share of the accepted answers is looked at by people, who are not told that they passed."""

    share: Drawn = pydantic.Field(description="probability with which a result is drawn, up to 1")
    retried: Drawn | None = pydantic.Field(
        default=None, description="the same for results that took more than the first step; default: as `share`"
    )

    def probability(self, attempt: int) -> float:
        """That with which the answer of an attempt is drawn, once it is accepted."""
        return self.share if attempt == 1 or self.retried is None else self.retried


class Review(Table):
    """How people decide."""

    second_look: Annotated[float, pydantic.Field(ge=0, le=1)] = pydantic.Field(
        0.0, description="share of the review items that a second reviewer decides, too, and does not know of the first"
    )
