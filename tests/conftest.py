"""One real local stack for a whole test run, with folders of its own; fresh topics and a fresh group for every test.

`UNTUNED_TEST_STACK_ADDRESSES` names a JSON file of addresses (the last line of `untuned up --json`, or the
addresses.json of a running stack): the run then uses those servers and starts none. A missing server fails the tests;
it never skips them.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from processor import config
from processor.local import stack as local_stack
from tests import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.config import Settings

# The same examples in every run, so that none fails by chance; and none is timed: on a busy machine it takes as long as
# it takes. `--hypothesis-profile=searching` looks for new ones.
UNTIMED = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("repeatable", UNTIMED, derandomize=True)
hypothesis.settings.register_profile("searching", UNTIMED, derandomize=False)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A run in the background may have begun with Ctrl-C ignored, which every process that it starts would inherit."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings that point at the running stack."""
    mine = config.load(state_home=tmp_path_factory.mktemp("state"), stack="tests")
    if given := os.environ.get("UNTUNED_TEST_STACK_ADDRESSES"):
        yield config.with_addresses(mine, json.loads(Path(given).read_text()))
        return
    try:
        yield config.with_addresses(mine, local_stack.up(mine))
    finally:
        local_stack.down(mine)


@pytest.fixture
def settings(stack: Settings) -> Settings:
    """The stack's settings with a topic prefix and a consumer group that no other test has."""
    return places.fresh(stack)


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """The environment for a process of `untuned` that is to use what `settings` names."""
    return places.environment(settings)
