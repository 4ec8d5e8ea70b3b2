from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.review.view import leases
from processor.review.view.leases import Held

ANN = Held("ann", 5000)


@pytest.mark.parametrize(
    ("now", "by", "seconds", "at_ms", "then"),
    [
        (None, "ann", 5.0, 0, ANN),
        (ANN, "bob", 300.0, 4999, ANN),
        (ANN, "bob", 1.0, 5000, Held("bob", 6000)),
        (ANN, "ann", 300.0, 4000, Held("ann", 304_000)),
        (ANN, "ann", 1.0, 1000, Held("ann", 2000)),
        (ANN, "ann", 0.0, 4000, None),
        (ANN, "bob", 0.0, 4000, ANN),
        (ANN, "bob", 0.0, 6000, None),
        (None, "ann", -1.0, 0, None),
        (None, "ann", float("nan"), 0, None),
        (None, "ann", float("inf"), 0, Held("ann", 3_600_000)),
    ],
    ids=["first", "held", "over", "renewed", "shortened", "back", "not theirs", "late", "negative", "nan", "endless"],
)
def test_a_lease_on_what_was(now: Held | None, by: str, seconds: float, at_ms: int, then: Held | None) -> None:
    assert leases.follow(now, by, seconds, at_ms) == then


MESSAGES = st.lists(
    st.tuples(st.sampled_from(["ann", "bob", "eve"]), st.sampled_from([0.0, 1.0, 5.0, 300.0]), st.integers(0, 4000)),
    max_size=30,
)


@given(MESSAGES)
def test_nobody_takes_what_another_holds(messages: list[tuple[str, float, int]]) -> None:
    now: Held | None = None
    clock = 0
    for by, seconds, later in messages:
        clock += later
        before, now = now, leases.follow(now, by, seconds, clock)
        if before is not None and leases.holds(before, clock) and before.by != by:
            assert now == before
        elif seconds:
            assert now == Held(by, clock + round(seconds * 1000))
        else:
            assert now is None


@given(MESSAGES, st.integers(0, 30))
def test_an_instance_that_begins_later_agrees(messages: list[tuple[str, float, int]], cut: int) -> None:
    """The topic drops what is old: who holds an item is the same for whoever reads on from any lease that holds."""
    clock, states, now = 0, [], None
    for by, seconds, later in messages:
        clock += later
        now = leases.follow(now, by, seconds, clock)
        states.append((clock, now))
    took = [
        at
        for at, (by, seconds, _) in enumerate(messages)
        if seconds and states[at][1] == Held(by, states[at][0] + round(seconds * 1000))
    ]
    for start in took[cut:]:
        clock, late = 0, None
        for at, (by, seconds, later) in enumerate(messages):
            clock += later
            if at >= start:
                late = leases.follow(late, by, seconds, clock)
        assert late == now
