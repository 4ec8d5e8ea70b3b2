"""What stands below the figures of a run, in sentences."""

from __future__ import annotations

import dataclasses

import pytest

from processor.measure.ladder import compute
from processor.measure.records import Production, Sampling
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


def notes_of(production: Production, *chances: float | None) -> str:
    given = [measured.a_case(number, inclusion=chance) for number, chance in enumerate(chances, 1)]
    drawn = Sampling(len(given), len(given), production=production)
    return "\n".join(compute.of(measured.a_run({"rules": "r" * len(given)}, given, sampling=drawn)).notes)


def test_where_every_event_was_looked_at_nothing_is_unlike():
    """An audit of all results has the same chance as what went to people, of which no chance is written down."""
    told = notes_of(Production(3, 1, 1, 2, 2, 2.0, whole=True), 1.0, 1.0, None)
    assert "different probabilities" not in told
    assert "Nothing stands for" not in told
    assert "different probabilities (0.5 to 1; of 1 it is not known)" in notes_of(Production(4, 1, 1), 1.0, 0.5, None)


def test_events_that_nothing_decided_stands_for_are_told():
    assert "Nothing stands for about 200 of these events" in notes_of(
        Production(1000, 200, 0, 80, 80, 800.0, whole=True, missed=200.0), 0.1, 0.1
    )
