from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from processor.adapters import topics
from tests import running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings


@pytest.fixture
def project(settings: Settings, environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of `untuned` in a project with the task `sort`, its topics created."""
    topics.ensure(settings, partitions=4)
    return {**environment, "UNTUNED_PROJECT": str(running.plain_project(tmp_path / "project"))}
