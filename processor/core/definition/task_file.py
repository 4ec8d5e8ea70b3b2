"""A whole task.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import pydantic

from processor.core.definition.auditing import Audit, Review
from processor.core.definition.calibrated import Calibration
from processor.core.definition.casing import Cases
from processor.core.definition.measuring import Measure
from processor.core.definition.retrieval import Narrowing, Retrieval, Visibility
from processor.core.definition.steps import Step
from processor.core.definition.table import Positive, Table

Kind = Literal["classification", "extraction", "routing", "parsing"]
"""The four kinds of work."""


class Input(Table):
    """What an event's input must hold before anything is spent on it."""

    required: tuple[str, ...] = pydantic.Field((), description="names of string fields that must not be empty")


class Budget(Table):
    """What one event may cost over all attempts; once it is spent, the event goes to review."""

    tokens: Positive | None = pydantic.Field(default=None, description="over all attempts, input and output together")
    usd: Annotated[Decimal, pydantic.Field(gt=0)] | None = pydantic.Field(
        default=None, description="US dollars over all attempts, where the prices are known"
    )
    input_tokens: Positive = pydantic.Field(
        9000, description="size of one prompt, by the model's tokenizer or estimated; a larger input is refused"
    )
    correction_tokens: Positive = pydantic.Field(
        800, description="size of a retry's correction in it: a longer previous answer and further violations are cut"
    )


class Definition(Table):
    """A whole task.toml."""

    description: str = pydantic.Field(min_length=1, description="what the task is, in one sentence")
    kind: Kind = pydantic.Field(description="what work it is")
    input: Input = pydantic.Field(default=Input(), description="what an event must hold")
    retrieval: tuple[Retrieval, ...] = pydantic.Field(default=(), description="what is retrieved for an event")
    visibility: Visibility | None = pydantic.Field(default=None, description="who may see which passage")
    step: tuple[Step, ...] = pydantic.Field(
        default=(),
        description="the ladder: attempt n takes step n; default: prompt.md, then retry.md, retry.2.md … if they exist",
    )
    narrow: dict[str, Narrowing] = pydantic.Field(
        default_factory=dict, description="place in the answer -> where its allowed values are retrieved"
    )
    budget: Budget = pydantic.Field(default=Budget(), description="what one event may cost")
    audit: Audit | None = pydantic.Field(
        default=None, description="which share of the results people look at; default: none"
    )
    review: Review = pydantic.Field(default=Review(), description="how people decide")
    calibration: Calibration | None = pydantic.Field(
        default=None, description="what is promised of accepted answers; `untuned calibrate` writes it"
    )
    measure: Measure = pydantic.Field(default=Measure(), description="how answers are held against labels")
    cases: Cases = pydantic.Field(default=Cases(), description="how decided events are written as labelled cases")
