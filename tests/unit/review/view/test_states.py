"""How an item stands, whatever the order in which its messages are read."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import pytest

from processor.core.records import Violation
from processor.review.values import Filter, Holder
from tests import builders, reviewing
from tests.unit.review.view import filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.review.view.entries import Done, Entry, Leased, Ruled
    from tests.unit.review.view.filled import Filled

ANN, BOB, EVE = reviewing.ANN, reviewing.BOB, reviewing.EVE
ITEM = filled.sent()
AUDIT = filled.sent("a-1", reason="audit", inclusion=0.1, violations=[])


@pytest.fixture
def twice(tmp_path: Path) -> Iterator[Filled]:
    """A view of a task of which every item is decided by two reviewers."""
    made = builders.a_task(definition=builders.DEFINITION + "\n[review]\nsecond_look = 1.0\n")
    with filled.Filled(tmp_path, sort=made) as view:
        yield view


def state(made: Filled, ref: str = ITEM.key.ref) -> str:
    found = made.view.item(ref, ANN)
    assert found is not None
    return found.row.state


CASES: list[tuple[tuple[Entry, ...], str, str]] = [
    ((ITEM,), "open", ""),
    ((ITEM, filled.ruled(ITEM, "ann")), "closed", "ann"),
    ((ITEM, filled.ruled(ITEM, "bob", 1), filled.ruled(ITEM, "ann", 2)), "closed", "bob"),
    ((ITEM, filled.ruled(ITEM, "bob", blind=True)), "open", ""),
    ((ITEM, filled.done(ITEM)), "closed", ""),
    ((ITEM, filled.done(ITEM, replay=1)), "closed", ""),
    ((ITEM, filled.sent(replay=1)), "closed", ""),
    ((ITEM, filled.done(filled.sent("e-2"))), "open", ""),
    ((ITEM, filled.done(ITEM), filled.ruled(ITEM, "ann")), "closed", "ann"),
]


@pytest.mark.parametrize(("entries", "stands", "by"), CASES)
def test_every_order_of_reading_gives_the_same(
    entries: tuple[Entry, ...], stands: str, by: str, tmp_path: Path
) -> None:
    for number, order in enumerate(itertools.permutations(entries)):
        with filled.Filled(tmp_path / str(number)) as made:
            made.apply(*order)
            found = made.view.item(ITEM.key.ref, ANN)
            assert found is not None
            assert (found.row.state, found.row.decided_by) == (stands, by)


FIRST = filled.sent("same", ago=100.0, offset=7, text="The first words.", violations=[reviewing.violation(rule="one")])
OTHER = filled.sent("same", ago=50.0, offset=3, text="Quite another.", violations=[reviewing.violation(rule="two")])
TWINS: list[tuple[tuple[Entry, ...], str]] = [
    ((FIRST, OTHER), "open"),
    ((FIRST, OTHER, filled.ruled(FIRST)), "closed"),
    ((FIRST, OTHER, filled.done(FIRST)), "closed"),
    ((FIRST, OTHER, filled.leased(FIRST)), "open"),
]


@pytest.mark.parametrize(("entries", "stands"), TWINS)
def test_of_two_inputs_with_one_id_the_first_is_the_item_whatever_is_read_first(
    entries: tuple[Entry, ...], stands: str, tmp_path: Path
) -> None:
    for number, order in enumerate(itertools.permutations(entries)):
        with filled.Filled(tmp_path / str(number)) as made:
            for each in order:
                made.apply(each)
            found = made.view.item(FIRST.key.ref, ANN)
            assert found is not None
            assert (found.row.summary, found.row.state, found.others) == ("The first words.", stands, True)
            assert (found.message.origin.offset, found.row.rules) == (7, ("one",))
            every = Filter(state="all")
            assert made.view.page(every, ANN).total == 1
            assert made.view.page(dataclasses.replace(every, text="words"), ANN).total == 1
            assert made.view.page(dataclasses.replace(every, text="another"), ANN).total == 0
            assert made.view.page(dataclasses.replace(every, rule="two"), ANN).total == 0
            assert made.view.counts(Filter(), ANN).rules == ({"one": 1} if stands == "open" else {})
            alike = made.store.reader.execute("SELECT total(open), total(decided) FROM kinds").fetchone()
            assert (*alike,) == (stands == "open", bool(found.rulings))


def test_the_same_event_sent_to_review_twice_is_no_other(made: Filled) -> None:
    made.apply(FIRST, dataclasses.replace(FIRST, message=OTHER.message))
    found = made.view.item(FIRST.key.ref, ANN)
    assert found is not None
    assert not found.others


def test_a_result_long_ago_closes_whichever_input_is_first(made: Filled) -> None:
    made.apply(OTHER, filled.done(OTHER))
    made.apply(filled.done(filled.sent("e-9"), ago=-7200.0))  # results of late are remembered, and this one no longer
    made.apply(FIRST)
    assert state(made, FIRST.key.ref) == "closed"


def test_a_result_of_an_earlier_replay_closes_nothing(made: Filled) -> None:
    later = filled.sent(replay=2)
    made.apply(later, filled.done(later, replay=1))
    assert state(made, later.key.ref) == "open"


def test_an_audit_is_not_closed_by_its_own_result(made: Filled) -> None:
    made.apply(filled.done(AUDIT), AUDIT)
    assert state(made, AUDIT.key.ref) == "open"
    made.apply(filled.done(AUDIT, replay=1))
    assert state(made, AUDIT.key.ref) == "closed"


def test_the_first_ruling_on_an_audit_counts_though_it_is_blind(made: Filled) -> None:
    made.apply(AUDIT, filled.ruled(AUDIT, "bob", 1, blind=True), filled.ruled(AUDIT, "ann", 2, blind=True))
    found = made.view.item(AUDIT.key.ref, ANN)
    assert found is not None
    assert (found.row.state, found.row.decided_by) == ("closed", "bob")
    assert found.ruling is not None
    assert found.ruling.by == "bob"


def test_a_second_look_waits_for_another_reviewer(twice: Filled) -> None:
    twice.apply(ITEM, filled.ruled(ITEM, "ann", 1))
    assert state(twice) == "second"
    assert twice.view.next(Filter(), ANN) is None
    assert twice.view.next(Filter(), BOB) == ITEM.key.ref
    twice.apply(filled.ruled(ITEM, "bob", 2, blind=True))
    assert state(twice) == "closed"
    assert twice.view.next(Filter(), EVE) is None


def test_the_same_form_twice_is_one_ruling(made: Filled) -> None:
    made.apply(ITEM, filled.ruled(ITEM, "ann", 1), filled.ruled(ITEM, "ann", 2))
    found = made.view.item(ITEM.key.ref, ANN)
    assert found is not None
    assert len(found.rulings) == 1


def test_a_ruling_is_kept_whole(made: Filled) -> None:
    given = filled.ruled(
        ITEM,
        "ann",
        answer={"category": "card", "amount": 1.5},
        note="as the customer says \u202e",
        overridden=(Violation(**reviewing.violation()),),
    )
    made.apply(ITEM, given)
    found = made.view.item(ITEM.key.ref, ANN)
    assert found is not None
    assert found.rulings == (given.ruling,)


def test_an_item_is_kept_whole(made: Filled) -> None:
    made.apply(ITEM)
    found = made.view.item(ITEM.key.ref, ANN)
    assert found is not None
    assert found.record == ITEM.record
    assert found.message == ITEM.message
    assert found.key == ITEM.key


def test_the_same_message_twice_is_one_item(made: Filled) -> None:
    with made.store.transaction() as writer:
        assert writer.apply([ITEM, dataclasses.replace(ITEM, record={**ITEM.record, "detail": "other"})], {}) == []
    assert made.view.page(Filter(), ANN).total == 1


def test_an_id_that_was_used_again_for_another_input_is_told(made: Filled) -> None:
    with made.store.transaction() as writer:
        assert writer.apply([ITEM, filled.sent(text="Something else")], {}) == [ITEM.key.ref]
    assert made.view.page(Filter(), ANN).rows[0].summary == "Where is my card?"


def test_leases_are_held_for_their_time(made: Filled) -> None:
    made.apply(ITEM, filled.leased(ITEM, "ann", 300, ago=10), filled.leased(ITEM, "bob", 300, ago=5))
    until = filled.NOW.timestamp() + 290
    assert made.view.holder(ITEM.key.ref) == Holder("ann", filled.NOW.fromtimestamp(until, filled.NOW.tzinfo))
    assert made.view.next(Filter(), BOB) is None
    assert made.view.next(Filter(), ANN) == ITEM.key.ref
    made.apply(filled.leased(ITEM, "ann", 0))
    assert made.view.holder(ITEM.key.ref) is None


def test_a_lease_that_is_over_holds_nothing(made: Filled) -> None:
    made.apply(ITEM, filled.leased(ITEM, "ann", 300, ago=301))
    assert made.view.holder(ITEM.key.ref) is None
    assert made.view.page(Filter(), BOB).rows[0].held_by == ""
    assert made.view.next(Filter(), BOB) == ITEM.key.ref


def test_entries_of_the_unknown_harm_nobody(made: Filled) -> None:
    stray = filled.sent("nobody")
    entries: list[Ruled | Leased | Done] = [filled.ruled(stray), filled.leased(stray), filled.done(stray)]
    made.apply(*entries)
    assert made.view.page(Filter(state="all"), ANN).total == 0
    assert made.view.decided(ANN) == ()
