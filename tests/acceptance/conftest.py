from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import running

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Settings:
    """The stack's settings with a project of one task, its topics created."""
    mine = settings.model_copy(update={"project": running.plain_project(tmp_path / "project")})
    running.create_topics(mine)
    return mine
