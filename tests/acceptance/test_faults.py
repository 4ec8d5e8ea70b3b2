"""The short form of the fault suite: its broker and its workers are its own; `make faults` runs the long form."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.faults import runner
from tests.faults.cases import CASES
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.faults.scene import Case

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHORT = [case for case in CASES.values() if case.short]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with Stage(tmp_path_factory.mktemp("faults")) as started:
        yield started


def say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
async def test_nothing_is_lost_and_nothing_is_stuck(stage: Stage, case: Case):
    outcome = await runner.run(stage, case, short=True, seed=1, say=say)
    assert outcome.broken == ()
    assert outcome.verdict is not None
    assert outcome.verdict.produced >= 100
    assert outcome.verdict.results + outcome.verdict.review >= outcome.verdict.produced
