"""Why a worker of the fault suite ended, by its log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults import fleet

if TYPE_CHECKING:
    from pathlib import Path

ENDS = {
    "level": "warning",
    "event": "the watchdog ends the worker",
    "reasons": ["the loop", "the thread"],
    "exit_code": 70,
}
OTHER = {"level": "warning", "event": "an answer could not be written", "detail": "away"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((ENDS, OTHER), "the watchdog ends the worker the loop; the thread"),
        ((OTHER, {"level": "info", "event": "result"}), "an answer could not be written away"),
        ((OTHER, {"level": "warning", "event": "wait", "detail": "slow"}), "an answer could not be written away"),
    ],
)
def test_what_a_worker_said_of_its_end_is_found_among_what_else_it_said(
    tmp_path: Path, lines: tuple[dict[str, Any], ...], words: str
):
    log = tmp_path / "worker.log"
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert fleet.last_words(log) == words


@pytest.mark.parametrize(("text", "words"), [("a\nTraceback\n", "Traceback"), ("", "said nothing")])
def test_else_the_last_line_tells(tmp_path: Path, text: str, words: str):
    log = tmp_path / "worker.log"
    log.write_text(text)
    assert fleet.last_words(log) == words
