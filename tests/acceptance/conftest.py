from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from processor import config
from tests import browsing, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from processor.config import Settings

ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for the tests of a module, which run in the module's loop."""
    async with browsing.browser() as started:
        yield started


@pytest.fixture
def shipped(settings: Settings) -> dict[str, str]:
    """The environment for verbs on the tasks that come with untuned."""
    return {
        **config.addresses(settings),
        "UNTUNED_PROJECT": str(ROOT),
        "UNTUNED_TOPIC_PREFIX": settings.topic_prefix,
        "XDG_STATE_HOME": str(settings.state_home),  # answers that another test has bought are there
        "OPENAI_TIMEOUT": "600",  # beside other tests it is waited for, and not pressed
    }


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Settings:
    """The stack's settings with a project of one task, its topics created."""
    mine = settings.model_copy(update={"project": running.plain_project(tmp_path / "project")})
    running.create_topics(mine)
    return mine
