from __future__ import annotations

import pytest

from processor.review.desk import places

AT = ("untuned.review", 0)
BOUNDS = {AT: range(5, 10)}


@pytest.mark.parametrize(
    ("stored", "fits", "start"),
    [
        ({}, True, 5),
        ({AT: 5}, True, 5),
        ({AT: 9}, True, 9),
        ({AT: 10}, True, 10),
        ({AT: 4}, False, 5),
        ({AT: 11}, False, 10),
    ],
    ids=["new", "begin", "within", "end", "deleted", "beyond"],
)
def test_a_place_that_the_topic_no_longer_has(stored: dict[tuple[str, int], int], fits: bool, start: int) -> None:
    assert places.fit(stored, BOUNDS, ["untuned.review"]) == fits
    assert places.fit(stored, BOUNDS, ["untuned.leases"])
    assert places.on(stored, BOUNDS) == {AT: start}


@pytest.mark.parametrize(("stored", "start"), [({}, 7), ({AT: 6}, 6), ({AT: 10}, 10), ({AT: 100}, 7), ({AT: 4}, 7)])
def test_results_are_read_on_where_they_were_or_from_their_time(stored: dict[tuple[str, int], int], start: int) -> None:
    """A topic that was made anew has other messages at the offsets that were read."""
    assert places.on_or_since(stored, {AT: 7}, BOUNDS) == {AT: start}
