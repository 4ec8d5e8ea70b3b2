"""A whole models.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import pydantic

from processor.core.definition.table import Table

PerMinute = Annotated[float, pydantic.Field(gt=0, allow_inf_nan=False)]


class Price(Table):
    """What a model costs, in US dollars per million tokens. Without a price a cost is unknown, never 0."""

    input: Annotated[Decimal, pydantic.Field(ge=0)] = pydantic.Field(description="of the prompt")
    output: Annotated[Decimal, pydantic.Field(ge=0)] = pydantic.Field(description="of the answer")
    cached: Annotated[Decimal, pydantic.Field(ge=0)] | None = pydantic.Field(
        default=None, description="of the part of the prompt that comes from the server's cache; default: as `input`"
    )


class Model(Table):
    """A model that steps can name; what is not given is as for the default model."""

    model: str | None = pydantic.Field(None, min_length=1, description="the server's id of it; default: NAME itself")
    base_url: str | None = pydantic.Field(None, pattern=r"^https?://", description="default: OPENAI_BASE_URL")
    api_key: str | None = pydantic.Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="NAME of the environment variable with the key; default: OPENAI_API_KEY, with a `base_url` none",
    )
    response_format: Literal["auto", "json_schema", "json_object", "text"] = pydantic.Field(
        "auto", description="how the server holds the model to the answer's schema; auto: until it refuses"
    )
    timeout: Annotated[float, pydantic.Field(gt=0)] | None = pydantic.Field(
        None, description="seconds for one call; default: OPENAI_TIMEOUT"
    )
    tokenizer: str | None = pydantic.Field(
        None,
        min_length=1,
        description="path of its tokenizer.json, from the project's folder; default: tokens are estimated",
    )
    requests_per_minute: PerMinute | None = pydantic.Field(
        None, description="that one worker sends to it; default: no limit"
    )
    tokens_per_minute: PerMinute | None = pydantic.Field(None, description="of prompts and answers, likewise")
    usd_per_minute: PerMinute | None = pydantic.Field(None, description="US dollars, likewise; needs its price")


class Models(Table):
    """A whole models.toml: models by name; prices in US dollars per million tokens, by the model's name as reported."""

    models: dict[str, Model] = pydantic.Field(default_factory=dict, description="models that steps can name")
    prices: dict[str, Price] = pydantic.Field(
        default_factory=dict, description="what models cost, by the name that the server reports"
    )
