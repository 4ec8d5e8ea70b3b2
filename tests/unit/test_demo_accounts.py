from __future__ import annotations

from decimal import Decimal

import pytest

from processor.core.records import Message, Origin, Usage
from processor.core.views.outcomes import Outcome
from processor.demo import accounts
from tests import demo_builders as build

PLACE = "untuned-demo.tasks/2/7"


def books(*entries: tuple[accounts.Kind, Outcome], produced=("a", "b", PLACE)) -> accounts.Books:
    made = accounts.Books(frozenset(produced))
    for kind, outcome in entries:
        made.add(kind, outcome)
    return made


def test_every_message_has_one_place_and_the_sums_hold():
    found = books(
        ("results", build.result("a")), ("retry", build.retry("b")), ("review", build.review("b")), undecodable()
    )
    assert (found.settled, found.lost, found.twice, found.retried) == (3, [], [], {"b"})
    assert set(found.review) == {"b", PLACE}
    assert found.complaints(0) == []


def undecodable() -> tuple[accounts.Kind, Outcome]:
    first = {"topic": "untuned-demo.tasks", "partition": 2, "offset": 7, "timestamp_ms": 1}
    return "review", build.review("", event=None, first=first, reason="undecodable", attempts=[])


def test_what_is_in_neither_is_lost():
    found = books(("results", build.result("a")), ("retry", build.retry("b")))
    assert found.lost == ["b", PLACE]
    assert found.complaints(0) == ["2 of 3 events are neither in results nor in review"]


def test_what_is_in_both_is_a_complaint():
    found = books(("results", build.result("a")), ("review", build.review("a")), produced=("a",))
    assert found.twice == ["a"]
    assert found.settled == 1
    assert found.complaints(0) == ["1 events are both in results and in review"]


def test_an_audit_is_no_second_place_of_its_event_and_no_result():
    audit = build.review("a", reason="audit", attempts=[])
    found = books(("results", build.result("a")), ("review", audit), produced=("a",))
    assert (found.audits, found.review, found.twice, found.reasons) == ({"a"}, {}, [], {})
    assert (found.complaints(0), found.usage) == ([], Usage(100, 10, 5))
    assert found.of(["b"]).audits == set()
    assert books(("review", audit), produced=("a",)).lost == ["a"]


def test_an_outcome_that_is_delivered_twice_counts_once():
    found = books(("results", build.result("a")), ("results", build.result("a")), produced=("a",))
    assert (found.settled, found.repeats, found.usage) == (1, 1, Usage(100, 10, 5))


def test_leftovers_of_another_run_do_not_count():
    found = books(("results", build.result("a")), ("review", build.review("of-another")), produced=("a",))
    assert (found.settled, found.foreign, found.complaints(0)) == (1, 1, [])


def test_what_cannot_be_read_and_a_lag_are_complaints():
    unreadable = Outcome(Message(Origin("untuned-demo.results", 0, 1, 1), None, b"?"), {}, "it is not JSON")
    found = books(("results", build.result("a")), ("results", unreadable), produced=("a",))
    assert found.complaints(3) == ["1 outcomes cannot be read", "the lag is 3"]


def test_reasons_come_with_the_most_frequent_first():
    reasons = {"a": "rule", "b": "undecodable", "c": "rule"}
    found = books(
        *(("review", build.review(name, reason=reason)) for name, reason in reasons.items()), produced=reasons
    )
    assert list(found.reasons.items()) == [("rule", 2), ("undecodable", 1)]


@pytest.mark.parametrize(
    ("costs", "total"),
    [
        (("0.001", "0.002"), Decimal("0.003")),
        (("0.001", None), None),
    ],
)
def test_money_is_added_exactly_and_unknown_is_not_zero(costs, total):
    found = books(*(("results", build.result(name, cost_usd=cost)) for name, cost in zip("ab", costs, strict=True)))
    assert found.cost == total


def test_what_no_model_was_asked_for_costs_nothing():
    found = books(("results", build.result("a", cost_usd="0.001")), undecodable())
    assert found.cost == Decimal("0.001")
    assert (found.calls, found.accepted) == ({"tiny": 1}, {"tiny": 1})
