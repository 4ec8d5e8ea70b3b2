"""Where the default model and the embedding model are, and what the default model may be sent."""

from __future__ import annotations

import pydantic
import pydantic_settings


class Models(pydantic_settings.BaseSettings):
    """Models."""

    openai: str = pydantic.Field(
        "http://127.0.0.1:8081/v1", alias="OPENAI_BASE_URL", description="of the default model"
    )
    openai_key: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr("none"), alias="OPENAI_API_KEY", description="of the default model; a secret"
    )
    openai_model: str = pydantic.Field(
        "smollm2-135m-instruct", alias="OPENAI_MODEL", description="the default model's id at its server"
    )
    openai_timeout: float = pydantic.Field(60.0, alias="OPENAI_TIMEOUT", gt=0, description="seconds for one call")
    requests_per_minute: float | None = pydantic.Field(
        None,
        alias="UNTUNED_REQUESTS_PER_MINUTE",
        gt=0,
        allow_inf_nan=False,
        description="that one worker sends to the default model; default: no limit",
    )
    tokens_per_minute: float | None = pydantic.Field(
        None,
        alias="UNTUNED_TOKENS_PER_MINUTE",
        gt=0,
        allow_inf_nan=False,
        description="of prompts and answers, likewise",
    )
    usd_per_minute: float | None = pydantic.Field(
        None,
        alias="UNTUNED_USD_PER_MINUTE",
        gt=0,
        allow_inf_nan=False,
        description="US dollars, likewise; needs its price in models.toml",
    )
    embedding: str = pydantic.Field(
        "http://127.0.0.1:8082/v1", alias="OPENAI_EMBEDDING_BASE_URL", description="of the embedding model"
    )
    embedding_key: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr("none"), alias="OPENAI_EMBEDDING_API_KEY", description="a secret"
    )
    embedding_model: str = pydantic.Field(
        "all-minilm-l6-v2", alias="OPENAI_EMBEDDING_MODEL", description="its id; another one needs the knowledge anew"
    )
