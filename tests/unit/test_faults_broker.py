"""What the fault suite cuts off a broker's logs are whole batches, and never all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import broker

if TYPE_CHECKING:
    from pathlib import Path


def batch(offset: int, contents: bytes) -> bytes:
    return broker.HEAD.pack(offset, len(contents)) + contents


@pytest.mark.parametrize(("count", "kept"), [(10, 6), (3, 2), (2, 2), (1, 1), (0, 0)])
def test_the_last_batches_of_a_log_are_cut_off(tmp_path: Path, count: int, kept: int):
    batches = [batch(number, b"x" * (50 + number)) for number in range(count)]
    log = tmp_path / "t.journal-0" / "00000000000000000000.log"
    log.parent.mkdir()
    log.write_bytes(b"".join(batches))
    assert broker.forget(tmp_path, "t.journal") == (kept < count)
    assert log.read_bytes() == b"".join(batches[:kept])


def test_other_topics_are_left_alone(tmp_path: Path):
    log = tmp_path / "t.journal-2-0" / "0.log"
    log.parent.mkdir()
    log.write_bytes(batch(0, b"x") * 10)
    assert broker.forget(tmp_path, "t.journal") == 0
