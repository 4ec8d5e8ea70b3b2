"""Whether newer cases refute what was promised."""

from __future__ import annotations

import pytest

from processor.measure.calibration import holding
from tests import builders, calibrations, measured

# 240 of 300 were accepted.
THEN = calibrations.table(classes={"card": 150, "refund": 150})


def held(letters: str, classes: dict[str, int] | None = None) -> holding.Holding:
    outcomes = measured.a_run({"rules": letters}).outcomes
    return holding.holds(THEN, outcomes, classes or {"card": len(letters) // 2, "refund": len(letters) // 2})


@pytest.mark.parametrize(
    ("letters", "holds"),
    [
        ("r" * 80 + "e" * 20, True),
        ("r" * 78 + "w" * 2 + "e" * 20, True),
        ("r" * 74 + "w" * 6 + "e" * 20, False),
        ("r" * 3 + "w", True),  # one of four: as likely as not
        ("e" * 10, True),
    ],
)
def test_more_errors_than_chance_gives_end_it(letters: str, holds: bool):
    found = held(letters)
    assert found.holds is holds
    assert found.errors.count == letters.count("w")
    assert found.errors.n == len(letters.replace("e", ""))
    assert ("no longer holds" in found.told[0]) is not holds


def test_nothing_accepted_says_nothing_of_the_promise():
    found = held("e" * 10)
    assert "nothing was accepted" in found.told[0]
    assert found.p_errors == 1.0


@pytest.mark.parametrize(("accepted", "changed"), [(80, False), (74, False), (50, True), (99, True)])
def test_fewer_or_more_accepted_is_a_sign(accepted: int, changed: bool):
    found = held("r" * accepted + "e" * (100 - accepted))
    assert any("share of accepted" in line for line in found.told) is changed
    assert found.holds


@pytest.mark.parametrize(
    ("classes", "changed"),
    [({"card": 48, "refund": 52}, False), ({"card": 80, "refund": 20}, True), ({"new": 90}, True)],
)
def test_another_mix_of_labels_is_a_sign(classes: dict[str, int], changed: bool):
    found = held("r" * 80 + "e" * 20, classes)
    assert any("mix of labels" in line for line in found.told) is changed


def test_labels_that_were_not_kept_are_not_compared():
    bare = calibrations.table()
    found = holding.holds(bare, measured.a_run({"rules": "rrre"}).outcomes, {"card": 4})
    assert found.p_classes is None


def test_repeats_are_no_more_cases():
    found = holding.holds(THEN, measured.a_run({"rules": "rw wr"}).outcomes, {})
    assert (found.errors.count, found.errors.n) == (1, 2)


def test_a_run_is_held_against_the_calibration_of_its_task():
    task = builders.a_task(definition=calibrations.written())
    found = holding.of(task, measured.a_run({"prompt": "rrrr", "rules": "rwee"}))
    assert found is not None
    assert (found.errors.count, found.errors.n, found.coverage.n) == (1, 2, 4)
    assert holding.of(task, measured.a_run({"prompt": "rr"})) is None
    assert holding.of(builders.a_task(), measured.a_run({"rules": "rr"})) is None


def test_cases_of_one_group_count_once():
    task = builders.a_task(definition=calibrations.written())
    given = [measured.a_case(number, group="acme" if number <= 20 else "") for number in range(1, 101)]
    found = holding.of(task, measured.a_run({"rules": "w" * 20 + "r" * 80}, given))
    assert found is not None
    assert (found.errors.count, found.errors.n, found.coverage.n) == (1, 81, 81)
    assert found.holds
