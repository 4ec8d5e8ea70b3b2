"""The addresses that a running local stack supplies where the user has set none."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from processor.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STACK_ADDRESSES = (
    "KAFKA_BOOTSTRAP_SERVERS",
    "WEAVIATE_URL",
    "WEAVIATE_GRPC_URL",
    "OPENAI_BASE_URL",
    "OPENAI_EMBEDDING_BASE_URL",
)
"""What a local stack may supply; each is left alone where the user has set it."""


def explicit(project: Path) -> set[str]:
    """The names among `STACK_ADDRESSES` that the user has set, in the environment or in the project's `.env`."""
    from dotenv import dotenv_values

    written = {name for name, value in dotenv_values(project / ".env").items() if value}
    return {name for name in STACK_ADDRESSES if os.environ.get(name) or name in written}


def supplied(settings: Settings) -> dict[str, str]:
    """What the running stack of these settings supplies, by field name; empty where none runs."""
    try:
        found = json.loads(settings.addresses_file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    taken = explicit(settings.project)
    return {_field_of(name): str(found[name]) for name in STACK_ADDRESSES if name in found and name not in taken}


def addresses(settings: Settings) -> dict[str, str]:
    """Where the settings find the servers, by the names in `STACK_ADDRESSES`."""
    return {name: str(getattr(settings, _field_of(name))) for name in STACK_ADDRESSES}


def with_addresses(settings: Settings, addresses: Mapping[str, str]) -> Settings:
    """The same settings, pointed at other servers; `addresses` has names as in `STACK_ADDRESSES`."""
    return settings.model_copy(update={_field_of(name): value for name, value in addresses.items()})


def _field_of(alias: str) -> str:
    """The field that an environment variable fills."""
    return next(name for name, field in Settings.model_fields.items() if field.alias == alias)
