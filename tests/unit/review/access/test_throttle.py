"""How long failed logins wait, in time that is only counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from processor.review.access import store
from processor.review.access.throttle import ADDRESS, KEPT, MOST, NAME, Throttle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.review.access.conftest import Clock


@pytest.fixture
def throttle(tmp_path: Path, clock: Clock) -> Throttle:
    return Throttle(store.connect(tmp_path / "access.sqlite"), clock)


@pytest.mark.parametrize(
    ("failures", "wait"), [(0, 0), (4, 0), (5, 1), (6, 2), (10, 32), (11, 60), (40, 60), (5000, 60)]
)
def test_each_failure_of_a_name_doubles_the_wait_up_to_a_minute(failures: int, wait: float):
    assert NAME.wait(failures) == wait


def test_an_address_waits_for_a_quarter_of_an_hour_at_most():
    assert [ADDRESS.wait(number) for number in (19, 20, 25, 100)] == [0, 1, 32, 900]


def test_attempts_at_once_are_counted_before_any_is_known(throttle: Throttle):
    assert [throttle.attempt("ann", "192.0.2.1") for _ in range(7)] == [0, 0, 0, 0, 0, 1, 1]


def test_who_has_to_wait_does_not_wait_longer_by_asking(throttle: Throttle, clock: Clock):
    for _ in range(50):
        throttle.attempt("ann", "192.0.2.1")
    clock.at += 1
    assert throttle.attempt("ann", "192.0.2.1") == 0


def test_names_do_not_wait_for_each_other(throttle: Throttle):
    for number in range(6):
        throttle.attempt("ann", f"192.0.2.{number}")
    assert throttle.attempt("ann", "192.0.2.77") == 1
    assert throttle.attempt("bob", "192.0.2.77") == 0


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8:0:0:ffff::1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
    ],
)
def test_an_address_is_that_of_a_household(throttle: Throttle, one: str, other: str, *, shared: bool):
    for number in range(20):
        assert throttle.attempt(f"user-{number}", one) == 0
    assert throttle.attempt("ann", other) == (1 if shared else 0)


def test_a_login_gives_back_its_own_attempt_alone(throttle: Throttle):
    for number in range(19):
        throttle.attempt(f"user-{number}", "192.0.2.1")
    for _ in range(3):
        assert throttle.attempt("ann", "192.0.2.1") == 0
        throttle.succeeded("ann", "192.0.2.1")
    assert throttle.attempt("bob", "192.0.2.1") == 0
    assert throttle.attempt("bob", "192.0.2.1") == 1


def test_failures_are_forgotten_after_a_day(throttle: Throttle, clock: Clock):
    for _ in range(5):
        throttle.attempt("ann", "192.0.2.1")
    clock.at += KEPT + 1
    assert [throttle.attempt("ann", "192.0.2.1") for _ in range(5)] == [0] * 5


def test_what_is_kept_of_failures_is_bounded_and_the_latest_stay(tmp_path: Path, clock: Clock):
    kept = store.connect(tmp_path / "access.sqlite")
    throttle = Throttle(kept, clock)
    kept.executemany(
        "insert into failures values (?, 1, ?, 0)", ((f"x{number}", clock.at - 1) for number in range(MOST))
    )
    for _ in range(6):
        throttle.attempt("ann", "192.0.2.1")
    assert kept.execute("select count(*) from failures").fetchone() == (MOST,)
    assert throttle.attempt("ann", "192.0.2.1") == 1


def test_instances_on_one_machine_share_what_they_count(tmp_path: Path, clock: Clock):
    instances = [Throttle(store.connect(tmp_path / "access.sqlite"), clock) for _ in range(2)]
    for number in range(5):
        instances[number % 2].attempt("ann", f"192.0.2.{number}")
    assert instances[0].attempt("ann", "192.0.2.9") == 1
