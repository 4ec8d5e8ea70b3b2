"""What stands below the figures of a run, in sentences."""

from __future__ import annotations

import dataclasses

import pytest

from processor.measure.ladder import compute
from processor.measure.records import Sampling
from tests import measured


@pytest.mark.parametrize(
    ("done", "n", "told"),
    [
        (
            0,
            "n = 0: 4 of 4 labelled events are to be measured.",
            "Unfinished (stopped by Ctrl-C): none of 4 cases is done.",
        ),
        (2, "n = 2:", "Unfinished (stopped by Ctrl-C): 2 of 4 cases are done, a random part"),
    ],
)
def test_what_was_not_done_is_not_counted(done: int, n: str, told: str):
    run = measured.a_run({"rules": "rwrr"}, sampling=Sampling(4, 4), unfinished="stopped by Ctrl-C")
    notes = compute.of(dataclasses.replace(run, outcomes=run.outcomes[:done])).notes
    assert notes[0].startswith(n)
    assert any(note.startswith(told) for note in notes)
