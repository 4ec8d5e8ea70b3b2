from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from processor.core.views.lags import PartitionLag
from processor.demo import watch
from tests import demo_builders as build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.demo.view import Snapshot


class Ground:
    """Topics on which batches of outcomes appear, and the lag that the broker tells meanwhile."""

    def __init__(self, batches: list[list[tuple[Any, Any]]], lags: list[int]) -> None:
        self.batches, self.lags = iter(batches), iter(lags)

    @contextlib.contextmanager
    def tail(self, kinds: object) -> Iterator[Ground]:
        yield self

    def poll(self, seconds: float) -> list[tuple[Any, Any]]:
        return next(self.batches, [])

    def outcomes(self, messages: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        return messages

    @contextlib.contextmanager
    def lag(self) -> Iterator[Ground]:
        yield self

    def read(self) -> list[PartitionLag]:
        return [PartitionLag("untuned-demo.tasks", 0, 9, 0, next(self.lags, 9), 0, None)]


class Workers:
    def __init__(self, waiting: str = "", dead: str = "", longest_call: float = 60.0) -> None:
        self.longest_call = longest_call
        self.waiting: Callable[[], str] = lambda: waiting
        self.dead: Callable[[], str] = lambda: dead


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes one second at every look."""
    seconds = iter(range(10**6))
    monkeypatch.setattr("processor.demo.watch.time.monotonic", lambda: float(next(seconds)))


def run(ground: Ground, workers: Workers, *produced: str) -> tuple[watch.Ended, list[Snapshot]]:
    shown: list[Snapshot] = []
    return watch.until_settled(ground, workers, frozenset(produced), shown.append), shown  # type: ignore[arg-type]


def test_it_ends_when_all_is_settled_and_committed():
    ground = Ground([[("results", build.result("a"))], [], [("review", build.review("b"))]], [2, 2, 1, 1, 0])
    ended, shown = run(ground, Workers(), "a", "b")
    assert ended.trouble == ""
    assert [(each.settled, each.lag) for each in shown] == [(1, 2), (1, 2), (2, 1), (2, 1), (2, 0)]
    assert shown[-1].reasons == {"rule": 1}
    assert 0 < ended.working < shown[-1].seconds


def test_a_worker_that_dies_ends_it():
    ended, _ = run(Ground([], []), Workers(dead="worker 2 ended by itself"), "a")
    assert ended.trouble == "worker 2 ended by itself"


def test_when_nothing_moves_it_gives_up_and_says_what_the_workers_wait_for():
    ended, shown = run(Ground([], []), Workers(waiting="model: the key is refused"), "a")
    assert ended.trouble == "nothing moved for 2 min 0 s: the workers wait for model: the key is refused"
    assert shown[-1].note == "waiting for model: the key is refused"


def test_a_call_gets_the_time_that_it_may_take_and_the_view_says_so():
    ended, shown = run(Ground([], []), Workers(longest_call=300.0), "a")
    assert ended.trouble.startswith("nothing moved for 5 min 30 s")
    assert {each.note for each in shown if each.seconds > 100} == {"one answer of the model may take 5 min 0 s"}
    assert shown[0].note == ""


def test_a_lag_that_stays_ends_it_too():
    ended, _ = run(Ground([[("results", build.result("a"))]], []), Workers(), "a")
    assert ended.trouble == "nothing moved for 2 min 0 s: the lag is 9, and the workers' logs give no reason"


def test_the_rate_is_that_of_late():
    batches = [[("results", build.result(f"a{n}")) for n in range(50)]]
    batches += [[("results", build.result(f"b{n}"))] for n in range(10)]
    produced = [f"a{n}" for n in range(50)] + [f"b{n}" for n in range(10)]
    _, shown = run(Ground(batches, [9] * 11 + [0]), Workers(), *produced)
    rates = [each.rate for each in shown]
    assert rates[0] is None
    # One event at every look, and a look takes a second at the least.
    assert all(0 < rate <= 1 for rate in rates[1:11] if rate is not None)
    assert rates[10] is not None
