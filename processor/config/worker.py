"""How a worker works, and what it tells."""

from __future__ import annotations

from typing import Literal

import pydantic
import pydantic_settings


class Worker(pydantic_settings.BaseSettings):
    """Workers."""

    concurrency: int = pydantic.Field(16, alias="UNTUNED_CONCURRENCY", ge=1, le=1024, description="calls in flight")
    journal: int = pydantic.Field(
        5000,
        alias="UNTUNED_JOURNAL",
        ge=0,
        le=100_000,
        description="attempts that are remembered, for each partition; 0: none over a restart",
    )
    watchdog: float = pydantic.Field(
        1.0,
        alias="UNTUNED_WATCHDOG",
        ge=0,
        description="patience with a worker that is stuck, in multiples of its deadlines; 0: it is told and not ended",
    )
    grace: float = pydantic.Field(60.0, alias="UNTUNED_GRACE", gt=0, description="seconds a shutdown may take")
    reload: float = pydantic.Field(
        1.0, alias="UNTUNED_RELOAD", ge=0, description="seconds between two looks for changed definitions; 0: never"
    )
    health_port: int | None = pydantic.Field(
        None, alias="UNTUNED_HEALTH_PORT", ge=0, le=65535, description="of the worker's /health; 0: a free one"
    )
    health_host: str = pydantic.Field(
        "127.0.0.1", alias="UNTUNED_HEALTH_HOST", description="address that /health binds to"
    )
    log_format: Literal["auto", "json", "pretty"] = pydantic.Field(
        "auto", alias="UNTUNED_LOG_FORMAT", description="json, pretty, or auto: pretty on a terminal"
    )
    log_level: Literal["debug", "info", "warning", "error"] = pydantic.Field(
        "info", alias="UNTUNED_LOG_LEVEL", description="debug, info, warning or error"
    )
    log_contents: bool = pydantic.Field(
        default=False, alias="UNTUNED_LOG_CONTENTS", description="log event inputs and answers; off by default"
    )
