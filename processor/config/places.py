"""Where the project is, and where untuned keeps things on this machine."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pydantic
import pydantic_settings


class Places(pydantic_settings.BaseSettings):
    """Folders."""

    project: Path = pydantic.Field(Path(), alias="UNTUNED_PROJECT", description="folder with tasks/ schemas/ rules/")
    stack: str = pydantic.Field("", alias="UNTUNED_STACK", description="local stack's name; default: by project folder")
    state_home: Path = pydantic.Field(
        Path("~/.local/state"), alias="XDG_STATE_HOME", description="holds the local stack's data and logs"
    )
    cache_home: Path = pydantic.Field(
        Path("~/.cache"), alias="XDG_CACHE_HOME", description="holds downloads and builds"
    )

    @property
    def stack_name(self) -> str:
        """The local stack's name: `UNTUNED_STACK`, or from the project's folder, so that checkouts don't collide."""
        if self.stack:
            return re.sub(r"[^A-Za-z0-9._-]", "-", self.stack)
        folder = self.project.expanduser().resolve()
        return f"{folder.name[:24] or 'root'}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"

    @property
    def state_dir(self) -> Path:
        """Where the local stack keeps its data, logs and process ids."""
        return self.state_home.expanduser() / "untuned" / self.stack_name

    @property
    def cache_dir(self) -> Path:
        """Where downloads and builds are kept, shared by all stacks of this user."""
        return self.cache_home.expanduser() / "untuned"

    @property
    def addresses_file(self) -> Path:
        """The running local stack's addresses, as a JSON object of environment names and values."""
        return self.state_dir / "addresses.json"

    @property
    def review_dir(self) -> Path:
        """Where the review application keeps its users, its sessions and its view of the topics."""
        return self.state_dir / "review"
