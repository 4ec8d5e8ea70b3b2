"""All settings as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydantic_settings

from processor.config.models import Models
from processor.config.places import Places
from processor.config.review import Review
from processor.config.servers import Servers
from processor.config.topics import Topics
from processor.config.worker import Worker

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = (Places, Topics, Worker, Servers, Models, Review)
"""What the settings are put together from, in the order in which they are told."""


class Settings(Review, Models, Servers, Worker, Topics, Places):
    """Everything that untuned takes from outside; frozen. Field aliases are the names of the environment variables."""

    model_config = pydantic_settings.SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    @property
    def review_users_file(self) -> Path:
        """The file of the review application's users."""
        return self.review_users.expanduser() if self.review_users else self.review_dir / "users.json"
