"""Where a test works on the shared stack: topics and a group of its own, and the environment of its processes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from processor import config

if TYPE_CHECKING:
    from processor.config import Settings


def fresh(settings: Settings) -> Settings:
    """The settings with a topic prefix and a consumer group that nobody else has."""
    unique = uuid.uuid4().hex[:12]
    return settings.model_copy(update={"topic_prefix": f"test-{unique}", "group": f"test-{unique}"})


def environment(settings: Settings) -> dict[str, str]:
    """The environment for a process of `untuned` that is to use what the settings name, but for their project."""
    return config.child_environment(
        **config.addresses(settings),
        UNTUNED_TOPIC_PREFIX=settings.topic_prefix,
        UNTUNED_GROUP=settings.group,
        XDG_STATE_HOME=str(settings.state_home),
    )
