"""Shares of causes, and what to change first."""

from __future__ import annotations

from typing import Any

import pytest

from processor.measure.causes import summary
from processor.measure.causes.records import Cause, Finding, Lacked, Place, Replayed, Replays
from tests import measured

NONE = Replays()


def a_finding(number: int, cause: Cause = "missed", place: Place | None = None, **changes: Any) -> Finding:
    given: dict[str, Any] = {
        "case": f"c{number}",
        "source": f"tasks/sort/cases.jsonl:{number}",
        "cause": cause,
        "why": "",
        "outcome": measured.an_outcome(what="w"),
        "lacked": Lacked(),
        "stated": (),
        "replayed": Replayed(NONE, NONE, NONE, NONE, NONE),
        "place": place or Place("retrieval", f"tasks/sort/{cause}", "change it"),
    }
    return Finding(**{**given, **changes})


def test_shares_by_cause_the_most_frequent_first() -> None:
    found = summary.shares([a_finding(1, "format"), a_finding(2), a_finding(3), a_finding(4)], {})
    assert [(each.cause, each.share.count, each.share.n, each.cases) for each in found] == [
        ("missed", 3, 4, ("c2", "c3", "c4")),
        ("format", 1, 4, ("c1",)),
    ]
    assert found[0].share.low == pytest.approx(0.3006, abs=1e-4)  # Wilson's, 3 of 4
    assert found[0].share.high == pytest.approx(0.9544, abs=1e-4)
    assert summary.shares([], {}) == ()


def test_failures_of_one_customer_are_taken_together() -> None:
    """Ten that only repeat each other say as much as one."""
    findings = [a_finding(n, "missed" if n < 10 else "format") for n in range(20)]
    together = {f"c{n}": f"g{n // 10}" for n in range(20)}
    wide, narrow = (summary.shares(findings, each)[0].share for each in (together, {}))
    assert (wide.count, wide.n) == (narrow.count, narrow.n) == (10, 20)
    assert wide.low < 0.1 < narrow.low
    removed = summary.changes(findings, 40, together)[0].removes
    assert (removed.value, removed.low, removed.high) == pytest.approx((20, 40 * wide.low, 40 * wide.high))


def test_what_removes_most_comes_first_and_what_nothing_shows_to_help_last() -> None:
    findings = [*(a_finding(n, "capability") for n in range(5)), a_finding(5, "cut"), a_finding(6), a_finding(7)]
    found = summary.changes(findings, len(findings), {})
    assert [each.cause for each in found] == ["missed", "cut", "capability"]
    assert found[0].removes.value == 2
    assert found[-1].removes.value is None
    assert found[-1].removes.why


def test_of_a_sample_the_share_stands_for_all_failures() -> None:
    findings = [a_finding(1), a_finding(2, "format"), a_finding(3, "format"), a_finding(4, "format")]
    found = {each.cause: each.removes for each in summary.changes(findings, 40, {})}
    assert found["format"].value == pytest.approx(30)
    low, high = found["format"].low, found["format"].high
    assert low is not None
    assert high is not None
    assert low == pytest.approx(40 * 0.3006, abs=0.01)
    assert high == pytest.approx(40 * 0.9544, abs=0.01)


def test_places_apart_are_changes_apart_but_labels_are_one() -> None:
    places = [Place("retrieval", f"t{n}", "x") for n in range(2)]
    apart = summary.changes([a_finding(n, place=place) for n, place in enumerate(places)], 2, {})
    assert len(apart) == 2
    labels = [Place("people", f"tasks/sort/cases.jsonl:{n}", "settle") for n in range(5)]
    (one,) = summary.changes([a_finding(n, "ambiguous", place) for n, place in enumerate(labels)], 5, {})
    assert one.place.file == "tasks/sort/cases.jsonl:0; tasks/sort/cases.jsonl:1; tasks/sort/cases.jsonl:2; and 2 more"
    assert one.cases == ("c0", "c1", "c2", "c3", "c4")
