"""What figures are told of decided items, and of audits that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from processor.core.records import Action
from processor.review.decided import Audits
from processor.review.values import Reviewer
from processor.review.view import decided
from tests import reviewing
from tests.unit.review.view import filled
from tests.unit.review.view.filled import ruled, sent

if TYPE_CHECKING:
    from tests.unit.review.view.filled import Filled

ANN = reviewing.ANN
AGAIN = [reviewing.attempt(1), reviewing.attempt(2)]


def test_a_decided_item_is_told_as_it_is_shown(made: Filled) -> None:
    broken = [reviewing.violation(rule=rule) for rule in ("known", "enum", "known")]
    item = sent(replay=2, violations=broken, attempts=AGAIN)
    first = ruled(item, "bob", 1, blind=True)
    made.apply(
        item, first, ruled(item, "ann", 2, action=Action.CORRECT, answer={"category": "card"}), ruled(item, "eve", 3)
    )
    (found,) = made.decided(ANN)
    shown = made.view.item(item.key.ref, ANN)
    assert shown is not None
    assert (found.key, found.summary, found.rules) == (shown.key, shown.row.summary, ("known", "enum"))
    assert (found.answer, found.inclusion, found.retried) == (shown.record["answer"], None, True)
    assert (found.rulings, found.ruling, found.ruling.by) == (shown.rulings, shown.ruling, "ann")


def test_of_an_audit_the_first_ruling_counts(made: Filled) -> None:
    audit = sent(reason="audit", inclusion=0.25, violations=[], attempts=AGAIN[:1])
    made.apply(audit, ruled(audit, "bob", 1, blind=True, inclusion=0.25), ruled(audit, "ann", 2))
    (found,) = made.decided(ANN)
    assert (found.ruling.by, found.inclusion, found.retried, found.is_audit) == ("bob", 0.25, False, True)


@pytest.mark.parametrize("answer", [None, "a text", ["a list"], 7])
def test_an_answer_that_is_no_record_is_none(made: Filled, answer: object) -> None:
    item = sent(answer=answer)
    made.apply(item, ruled(item))
    assert made.decided(ANN)[0].answer is None


def test_what_has_only_blind_rulings_is_not_decided(made: Filled) -> None:
    item = sent()
    made.apply(item, ruled(item, blind=True))
    assert made.view.decided(ANN) == ()
    assert list(made.view.decisions([item.key.ref, "none"])) == []


def test_a_mark_is_another_after_every_ruling_and_only_then(made: Filled) -> None:
    item, other = sent("e-1"), sent("e-2")
    made.apply(item, other, ruled(item, "ann", 1), ruled(other, "ann", 2))
    before = {mark.ref: mark for mark in made.view.decided(ANN)}
    made.apply(filled.done(item), filled.leased(other), ruled(item, "ann", 1), ruled(other, "bob", 3, blind=True))
    after = {mark.ref: mark for mark in made.view.decided(ANN)}
    assert after[item.key.ref] == before[item.key.ref]
    assert after[other.key.ref] != before[other.key.ref]
    assert {each.mark for each in made.decided(ANN)} == set(after.values())


def test_an_item_that_came_anew_has_another_mark(made: Filled) -> None:
    item = sent()
    made.apply(item, ruled(item))
    (before,) = made.view.decided(ANN)
    made.store.empty("anew")
    made.apply(sent(ago=3599.0), ruled(item))
    assert made.view.decided(ANN) != (before,)


def test_audits_that_wait_are_counted_by_their_kind_within_the_scope(made: Filled) -> None:
    drawn = [sent(f"a-{n}", reason="audit", inclusion=0.5, attempts=AGAIN, offset=n) for n in range(3)]
    more = sent("b", reason="audit", inclusion=0.25, attempts=AGAIN[:1], offset=4)
    made.apply(*drawn, more, sent("c", offset=5), ruled(drawn[0], blind=True, inclusion=0.5))
    view = made.view
    assert view.undecided_audits(ANN) == (Audits("sort", False, 0.25, 1), Audits("sort", True, 0.5, 2))
    assert view.undecided_audits(ANN, "sort", filled.NOW.timestamp()) == ()
    assert view.undecided_audits(ANN, "route") == ()
    assert view.undecided_audits(Reviewer("eve", tasks=frozenset({"route"}))) == ()


def test_decided_items_come_by_their_ruling(made: Filled) -> None:
    items = [sent(f"e-{number}") for number in range(4)]
    made.apply(*items, ruled(items[3], "bob", ago=50), ruled(items[0], "ann", ago=10), ruled(items[1], ago=99))
    assert [item.key.event_id for item in made.decided(ANN)] == ["e-1", "e-3", "e-0"]
    assert [item.key.event_id for item in made.decided(ANN, "sort", filled.NOW.timestamp() - 60)] == ["e-3", "e-0"]
    assert made.view.decided(ANN, "route") == ()


def test_many_are_read_some_at_a_time(made: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided, "CHUNK", 2)
    items = [sent(f"e-{number}") for number in range(5)]
    made.apply(*items, *(ruled(each, "ann", number) for number, each in enumerate(items)))
    assert {item.key for item in made.decided(ANN)} == {each.key for each in items}
