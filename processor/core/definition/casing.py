"""What becomes of a decided event when it is written as a labelled case."""

from __future__ import annotations

import pydantic

from processor.core.definition.table import Table


class Cases(Table):
    """How decided events are written as labelled cases and examples: `untuned cases`. See docs/cases.md."""

    redact: str | None = pydantic.Field(
        default=None,
        min_length=1,
        description="function (text) -> text of the task's rules module, for every text that is written; default: none",
    )
