"""Whether newer cases refute what was promised."""

from __future__ import annotations

import dataclasses

import pytest

from processor.measure.calibration import holding
from processor.measure.records import Production, Sampling
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


def test_cases_with_unlike_chances_are_no_false_alarm():
    """All that went to people is labelled, and a tenth of the results: of the cases far fewer are accepted."""
    task = builders.a_task(definition=calibrations.written())
    given = [measured.a_case(number, inclusion=None if number <= 200 else 0.1) for number in range(1, 281)]
    found = holding.of(task, measured.a_run({"rules": "e" * 200 + "r" * 79 + "w"}, given))
    assert found is not None
    assert not any("events are not as they were" in line for line in found.told)
    assert (found.errors.count, found.errors.n) == (1, 80)
    assert found.coverage.n < 120
    assert f"of 280 cases {280 - found.coverage.n} are left out here, so that each event had the same chance" in (
        " ".join(found.told)
    )


def test_of_what_is_accepted_each_event_has_the_same_chance_to_count():
    task = builders.a_task(definition=calibrations.written())
    given = [measured.a_case(number, inclusion=1.0 if number <= 100 else 0.05) for number in range(1, 201)]
    found = holding.of(task, measured.a_run({"rules": "w" * 100 + "r" * 100}, given))
    assert found is not None
    assert found.errors.n - found.errors.count == 100
    assert found.errors.count < 15


def test_the_error_rate_is_of_all_that_was_accepted_with_the_same_chance():
    """However few of what went to people came to be labelled."""
    task = builders.a_task(definition=calibrations.written())
    given = [measured.a_case(number, inclusion=1.0 if number <= 100 else 0.05) for number in range(1, 201)]
    found = holding.of(task, measured.a_run({"rules": "w" * 10 + "r" * 90 + "e" * 100}, given))
    assert found is not None
    assert (found.errors.count, found.errors.n) == (10, 100)
    assert found.coverage.n < 130


def test_of_repeats_the_first_counts_and_of_cases_those_that_were_measured():
    task = builders.a_task(definition=calibrations.written())
    run = measured.a_run({"rules": "rw wr"})
    found = holding.of(task, dataclasses.replace(run, cases=(*run.cases, measured.a_case(9))))
    assert found is not None
    assert (found.errors.count, found.errors.n, found.coverage.n) == (1, 2, 2)
    assert not any("left out" in line for line in found.told)


def test_what_went_to_people_alone_says_nothing_of_what_was_accepted():
    task = builders.a_task(definition=calibrations.written())
    seen = Production(events=300, people=60, decided=40)
    run = measured.a_run({"rules": "e" * 30 + "w" * 10}, sampling=Sampling(40, 40, production=seen))
    found = holding.of(task, run)
    assert found is not None
    assert found.holds
    assert found.told == (holding.UNSEEN,)
    assert (found.errors.n, found.coverage.n, found.p_errors) == (0, 0, 1.0)


def test_what_was_accepted_is_looked_at_where_audits_are_among_the_cases():
    task = builders.a_task(definition=calibrations.written())
    seen = Production(events=300, people=60, decided=40, audits=40, audited=40, reached=240.0, whole=True)
    run = measured.a_run({"rules": "e" * 30 + "w" * 10}, sampling=Sampling(40, 40, production=seen))
    found = holding.of(task, run)
    assert found is not None
    assert (found.holds, found.errors.count, found.errors.n) == (False, 10, 10)


def test_that_it_was_outgrown_is_told_wherever_it_is_held():
    task = builders.a_task(definition=calibrations.written(of="fedcba9876543210"))
    found = holding.of(task, measured.a_run({"rules": "rrre"}))
    assert found is not None
    assert found.told[-1] == task.outgrown
