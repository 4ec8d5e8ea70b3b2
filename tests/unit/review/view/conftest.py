from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.review.view import filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> Iterator[filled.Filled]:
    """A view of its own, empty, that tests fill."""
    with filled.Filled(tmp_path) as view:
        yield view
