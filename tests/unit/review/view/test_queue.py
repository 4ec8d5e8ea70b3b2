"""What a reviewer's queue shows, counts and orders; and what it must not."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from processor.review.values import BLIND, Filter, Reviewer
from tests import builders, reviewing
from tests.unit.review.view import filled
from tests.unit.review.view.filled import ruled, sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.review.view.entries import Sent
    from tests.unit.review.view.filled import Filled

ANN, BOB = reviewing.ANN, reviewing.BOB
VISIBLE = """
[visibility]
attribute = "tenant"

[review]
second_look = 1.0
"""


@pytest.fixture
def mixed(made: Filled) -> Filled:
    """Four open items that differ in whatever can be asked for, oldest first."""
    made.apply(
        sent("e-1", ago=4000, cost_usd="0.001", text="Where is my card?"),
        sent("e-2", ago=3000, cost_usd="0.003", text="Refund, please", reason="refusal", violations=[]),
        sent("e-3", ago=2000, cost_usd=None, text="My cards are blocked", task="route"),
        sent("e-4", ago=1000, cost_usd="0.002", violations=[reviewing.violation(rule="known"), reviewing.violation()]),
    )
    return made


def ids(made: Filled, wanted: Filter, reviewer: Reviewer = ANN) -> list[str]:
    return [row.key.event_id for row in made.view.page(wanted, reviewer).rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["e-1", "e-2", "e-3", "e-4"]),
        ({"order": "newest"}, ["e-4", "e-3", "e-2", "e-1"]),
        ({"order": "cost"}, ["e-2", "e-4", "e-1", "e-3"]),
        ({"task": "route"}, ["e-3"]),
        ({"reason": "refusal"}, ["e-2"]),
        ({"rule": "enum"}, ["e-1", "e-3", "e-4"]),
        ({"rule": "known"}, ["e-4"]),
        ({"text": "card"}, ["e-1", "e-3", "e-4"]),
        ({"text": "blocked CARD"}, ["e-3"]),
        ({"text": "acme"}, ["e-1", "e-2", "e-3", "e-4"]),
        ({"text": "e-2"}, ["e-2"]),
        ({"text": '" OR 1=1 --'}, []),
        ({"text": "***"}, []),
        ({"older": 2500.0}, ["e-1", "e-2"]),
        ({"newer": 2500.0}, ["e-3", "e-4"]),
        ({"older": 3000.0}, ["e-1", "e-2"]),
        ({"older": 3000.001}, ["e-1"]),
        ({"newer": 3000.0}, ["e-2", "e-3", "e-4"]),
        ({"newer": 2999.999}, ["e-3", "e-4"]),
        ({"older": 1e300}, []),
        ({"min_cost": Decimal("0.002")}, ["e-2", "e-4"]),
        ({"state": "closed"}, []),
        ({"state": "all"}, ["e-1", "e-2", "e-3", "e-4"]),
        ({"rule": "enum", "task": "sort", "newer": 1500.0}, ["e-4"]),
    ],
)
def test_a_filter(mixed: Filled, wanted: dict[str, Any], found: list[str]) -> None:
    asked = Filter(**wanted)
    assert ids(mixed, asked) == found
    assert mixed.view.page(asked, ANN).total == len(found)
    assert mixed.view.next(asked, ANN) == (mixed.view.page(asked, ANN).rows[0].key.ref if found else None)


def test_counts_fit_what_the_filter_says_of_text_age_and_cost(mixed: Filled) -> None:
    counts = mixed.view.counts(Filter(task="ignored here"), ANN)
    assert (counts.open, counts.tasks) == (4, {"route": 1, "sort": 3})
    assert (counts.reasons, counts.rules) == ({"refusal": 1, "steps_exhausted": 3}, {"enum": 3, "known": 1})
    assert mixed.view.counts(Filter(text="blocked"), ANN).tasks == {"route": 1}


def test_what_somebody_decided_today_is_counted(mixed: Filled) -> None:
    mixed.apply(ruled(sent("e-1"), "ann", ago=1), ruled(sent("e-2"), "ann", ago=3 * 86400), ruled(sent("e-4"), "bob"))
    assert mixed.view.counts(Filter(), ANN).decided_today == 1


def test_a_day_begins_at_midnight_where_the_application_runs(mixed: Filled) -> None:
    midnight = filled.NOW.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    since = (filled.NOW - midnight).total_seconds()
    mixed.apply(ruled(sent("e-1"), "ann", ago=since), ruled(sent("e-2"), "ann", ago=since + 0.001))
    assert mixed.view.counts(Filter(), ANN).decided_today == 1


@pytest.mark.parametrize("order", ["oldest", "newest", "worth", "cost"])
def test_pages_show_every_item_once(made: Filled, order: Any) -> None:
    items = [sent(f"e-{n}", ago=1000 - n // 3, cost_usd=[None, "0.1", "0.2"][n % 3]) for n in range(23)]
    made.apply(*items, *(ruled(item, "bob") for item in items[:3]))
    wanted, after, seen = Filter(order=order), "", []
    while True:
        page = made.view.page(wanted, ANN, after, limit=5)
        assert page.total == 20
        seen += [row.key.event_id for row in page.rows]
        if not (after := page.after):
            break
    assert len(seen) == len(set(seen)) == 20
    assert seen == [row.key.event_id for row in made.view.page(wanted, ANN, limit=100).rows]


@pytest.mark.parametrize("after", ["x", "bnVsbA==", "WzEsMl0=", "\ud800", "W10="])
def test_a_page_after_nothing_real_is_the_first(mixed: Filled, after: str) -> None:
    assert mixed.view.page(Filter(), ANN, after) == mixed.view.page(Filter(), ANN)


def test_what_fails_as_many_others_is_worth_most(made: Filled) -> None:
    seldom = sent("seldom", ago=9000, reason="refusal", violations=[])
    often = [sent(f"often-{n}", ago=100 + n) for n in range(3)]
    made.apply(seldom, *often)
    worth = {row.key.event_id: row.worth for row in made.view.page(Filter(order="worth"), ANN).rows}
    assert worth == {"often-2": 3.0, "often-1": 3.0, "often-0": 3.0, "seldom": 1.0}
    made.apply(*(ruled(item, "bob") for item in often[:2]))
    assert ids(made, Filter(order="worth")) == ["seldom", "often-2"]
    assert made.view.page(Filter(order="worth"), ANN).rows[1].worth == pytest.approx(1 / 3)


def test_skipped_items_come_not_next(mixed: Filled) -> None:
    first = mixed.view.next(Filter(), ANN)
    assert first is not None
    assert mixed.view.next(Filter(), ANN, {first}) == sent("e-2").key.ref
    mixed.apply(filled.leased(sent("e-2"), "bob"))
    assert mixed.view.next(Filter(), ANN, {first, "unknown \ud800"}) == sent("e-3", task="route").key.ref


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[Filled]:
    """Items of two tenants, of none, of a task that names no tenants, and bytes."""
    task = builders.a_task(definition=builders.DEFINITION + VISIBLE)

    def of(event_id: str, attributes: dict[str, str], **changes: Any) -> Sent:
        made = sent(event_id, **changes)
        return dataclasses.replace(
            made, record={**made.record, "event": {**made.record["event"], "attributes": attributes}}
        )

    with filled.Filled(tmp_path, sort=task, route=builders.a_task()) as made:
        made.apply(
            of("acme", {"tenant": "acme"}),
            of("blue", {"tenant": "blue"}),
            of("none", {}),
            of("route", {"tenant": "acme"}, task="route"),
            sent("untuned.tasks/0/7", event=None, raw="AAAA", reason="undecodable"),
        )
        yield made


@pytest.mark.parametrize(
    ("tasks", "only", "found"),
    [
        (None, None, {"acme", "blue", "none", "route", "untuned.tasks/0/7"}),
        (None, {"acme"}, {"acme"}),
        (None, {"acme", "blue", ""}, {"acme", "blue"}),
        ({"sort"}, None, {"acme", "blue", "none"}),
        ({"sort", "route"}, {"acme"}, {"acme"}),
        (set(), None, set()),
        (None, set(), set()),
    ],
)
def test_a_scope_is_all_there_is(
    tenants: Filled, tasks: set[str] | None, only: set[str] | None, found: set[str]
) -> None:
    def frozen(given: set[str] | None) -> frozenset[str] | None:
        return None if given is None else frozenset(given)

    view, eve = tenants.view, Reviewer("eve", tasks=frozen(tasks), tenants=frozen(only))
    tenants.apply(ruled(sent("acme"), "ann"), ruled(sent("blue"), "ann"))
    page = view.page(Filter(state="all"), eve)
    assert {row.key.event_id for row in page.rows} == found
    assert page.total == len(found)
    assert view.counts(Filter(), eve).open == len(found)  # each is decided by two
    every = {row.key for row in view.page(Filter(state="all"), ANN).rows}
    assert {key.event_id for key in every if view.item(key.ref, eve)} == found
    assert {key.event_id for key in every if view.rounds(key.task, key.event_id, eve)} == found
    tenants.apply(ruled(sent("acme"), "bob", blind=True), ruled(sent("blue"), "bob", blind=True))
    assert {item.key.event_id for item in tenants.decided(eve)} == found & {"acme", "blue"}


@pytest.mark.parametrize("turned", [False, True])
def test_no_tenant_closes_another_s_item_by_an_event_of_the_same_id(tenants: Filled, *, turned: bool) -> None:
    """A producer can say of an event that it was sent through again, and so that others of its id are out of date."""

    def of(tenant: str, replay: int) -> Sent:
        made = sent("shared", replay=replay)
        event = {**made.record["event"], "attributes": {"tenant": tenant}}
        return dataclasses.replace(made, record={**made.record, "event": event})

    theirs, own = of("blue", 9), of("acme", 1)
    tenants.apply(of("acme", 0))
    tenants.apply(*((theirs, own) if turned else (own, theirs)))
    eve = Reviewer("eve", tenants=frozenset({"acme"}))
    found = [row.key.replay for row in tenants.view.page(Filter(), eve).rows if row.key.event_id == "shared"]
    assert found == [1]


def test_worth_is_of_what_the_reviewer_sees(tenants: Filled) -> None:
    eve = Reviewer("eve", tenants=frozenset({"acme"}))
    assert [row.worth for row in tenants.view.page(Filter(), eve).rows] == [1.0]
    assert tenants.view.page(Filter(), ANN).rows[0].worth == 3.0


@pytest.fixture
def blind(tmp_path: Path) -> Iterator[Filled]:
    """Three items that Bob sees blind, which have nothing in common: an audit and two second looks; and a plain one."""
    task = builders.a_task(definition=builders.DEFINITION + VISIBLE)
    with filled.Filled(tmp_path, sort=task) as made:
        audit = sent("audit", ago=900, reason="audit", inclusion=0.1, violations=[], cost_usd="0.9")
        first = sent("first", ago=800, cost_usd="0.1")
        second = sent(
            "second", ago=700, reason="refusal", violations=[reviewing.violation(rule="known")], cost_usd=None
        )
        plain = sent("plain", ago=600, cost_usd="0.5")
        made.apply(audit, first, second, plain, ruled(first, "ann", 1), ruled(second, "ann", 2))
        yield made


EACH = ["audit", "first", "second"]


def test_blind_rows_differ_in_nothing_but_the_event(blind: Filled) -> None:
    rows = [row for row in blind.view.page(Filter(), BOB).rows if row.key.event_id != "plain"]
    assert [row.key.event_id for row in rows] == EACH
    known = {(row.state, row.reason, row.rules, row.cost, row.worth, row.decided_by) for row in rows}
    assert known == {("open", BLIND, (), None, 1.0, "")}


@pytest.mark.parametrize(
    "wanted",
    [
        {"reason": "audit"},
        {"reason": "steps_exhausted"},
        {"reason": "refusal"},
        {"reason": BLIND},
        {"rule": "enum"},
        {"rule": "known"},
        {"min_cost": Decimal("0.05")},
        {"min_cost": Decimal(0)},
        {"state": "closed"},
        {"state": "all"},
        {"order": "cost"},
        {"order": "worth"},
        {"text": "violations"},
        {"text": "one of card"},
    ],
)
def test_no_filter_and_no_order_tells_blind_rows_apart(blind: Filled, wanted: dict[str, Any]) -> None:
    found = [name for name in ids(blind, Filter(**wanted), BOB) if name != "plain"]
    assert found in ([], EACH)


def test_no_count_tells_blind_rows_apart(blind: Filled) -> None:
    counts = blind.view.counts(Filter(), BOB)
    assert (counts.open, counts.reasons, counts.rules) == (4, {BLIND: 3, "steps_exhausted": 1}, {"enum": 1})
    assert blind.view.counts(Filter(min_cost=Decimal(0)), BOB).open == 1


def test_no_figure_is_made_of_what_waits_for_a_reviewer_s_own_check(blind: Filled) -> None:
    def decided(by: Reviewer) -> set[str]:
        return {item.key.event_id for item in blind.decided(by)}

    assert (decided(BOB), decided(ANN)) == (set(), {"first", "second"})
    blind.apply(ruled(sent("first"), "bob", 3, blind=True))
    assert decided(BOB) == {"first"}


def test_whoever_decided_sees_what_they_decided(blind: Filled) -> None:
    assert ids(blind, Filter(), ANN) == ["audit", "plain"]
    closed = blind.view.page(Filter(state="closed"), ANN).rows
    assert [(row.key.event_id, row.reason, row.decided_by) for row in closed] == [
        ("first", "steps_exhausted", "ann"),
        ("second", "refusal", "ann"),
    ]


def test_what_a_reviewer_has_given_of_late(made: Filled) -> None:
    one, other = sent("e-1"), sent("e-2")
    made.apply(one, other, ruled(one, "ann", 0, id="old", ago=500.0))
    made.apply(ruled(one, "bob", 1, id="b"), ruled(other, "ann", 2, id="new"), ruled(sent("e-3"), "ann", 3, id="early"))
    given = {*made.view.given(ANN, reviewing.NOW.timestamp() - 100)}
    assert given == {(other.key.ref, "new"), (sent("e-3").key.ref, "early")}


def test_some_rows_are_those_of_a_page(tenants: Filled) -> None:
    """Blind ones are veiled, and what is out of scope or gone is not there."""
    audit = sent("e-9", inclusion=0.5, reason="audit", violations=[])
    tenants.apply(audit)
    for reviewer in (ANN, Reviewer("cyd", tenants=frozenset({"acme"})), Reviewer("dee", tasks=frozenset())):
        every = tenants.view.page(Filter(state="all"), reviewer).rows
        refs = [row.key.ref for row in tenants.view.page(Filter(state="all"), ANN).rows]
        found = tenants.view.rows([*refs, "no\ud800thing"], reviewer)
        assert {row.key.ref: row for row in found} == {row.key.ref: row for row in every}
    (veiled,) = tenants.view.rows([audit.key.ref], ANN)
    assert (veiled.reason, veiled.rules, veiled.state) == (BLIND, (), "open")
