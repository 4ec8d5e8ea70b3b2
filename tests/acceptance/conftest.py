from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests import browsing, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser

    from processor.config import Settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for the tests of a module, which run in the module's loop."""
    async with browsing.browser() as started:
        yield started


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Settings:
    """The stack's settings with a project of one task, its topics created."""
    mine = settings.model_copy(update={"project": running.plain_project(tmp_path / "project")})
    running.create_topics(mine)
    return mine
