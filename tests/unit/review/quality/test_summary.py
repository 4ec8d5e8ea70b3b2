"""The figures of the quality page, out of decided items."""

import collections
import dataclasses
import datetime as dt
import functools
import random

import pytest

from processor.core.records import Action
from processor.review.decided import Audits
from processor.review.quality import Memory, audits, summary
from processor.review.quality.judge import Judge
from processor.review.quality.seen import Given, Seen
from tests import builders, reviewing

CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money"}


@functools.cache
def task():
    return builders.a_task()


def of(*items, waiting=()):
    found = {item.ref: reviewing.decided(item) for item in items if item.ruling is not None}
    marks = [each.mark for each in found.values()]
    return Memory({"sort": task()}.get).quality(marks, lambda refs: [found[ref] for ref in refs], waiting)


def rule_on(item, *given):
    """The item with rulings: (by, action, answer, more)."""
    made = [
        reviewing.ruling(item, by, action, answer=answer, id=f"r-{number}", **more)
        for number, (by, action, answer, more) in enumerate(given)
    ]
    return dataclasses.replace(item, rulings=tuple(made))


def accepted(by="ann", answer=None, **more):
    return by, Action.ACCEPT, answer, more


def corrected(by="ann", answer=REFUND, **more):
    return by, Action.CORRECT, answer, more


def rejected(by="ann", **more):
    return by, Action.REJECT, None, more


def sent_back(by="ann", **more):
    return by, Action.SEND_BACK, None, more


def an_item(number, *given, answer=CARD, **changes):
    return rule_on(reviewing.item(f"e-{number}", answer=answer, **changes), *given)


def test_nothing_decided_has_no_figures():
    found = of(an_item(1))
    assert (found.items, found.rulings) == (0, 0)
    assert (found.agreement, found.disagreements, found.times) == ((), (), ())
    assert (found.rules, found.accuracy, found.days) == ((), (), ())


@pytest.mark.parametrize(
    ("given", "whole", "same_class"),
    [
        ([accepted(), accepted("bob", blind=True)], 1, 1),
        ([accepted(), corrected("bob", CARD, blind=True)], 1, 1),
        ([accepted(), corrected("bob", {**CARD, "reason": "  ASKS for a card. "}, blind=True)], 1, 1),
        ([accepted(), corrected("bob", {**CARD, "reason": "lost"}, blind=True)], 0, 1),
        ([accepted(), corrected("bob", blind=True)], 0, 0),
        ([rejected(), rejected("bob", blind=True)], 1, 1),
        ([rejected(), accepted("bob", blind=True)], 0, 0),
        ([accepted(), rejected("bob", blind=True)], 0, 0),
        # Another's blind one is the second opinion, before one that came too late.
        ([accepted(), corrected("eve"), accepted("bob", blind=True)], 1, 1),
        ([accepted(), corrected("eve")], 0, 0),
    ],
)
def test_two_opinions_are_held_against_each_other_as_answers_are(given, whole, same_class):
    (found,) = of(an_item(1, *given)).agreement
    assert (found.task, found.class_at, found.whole.count, found.whole.n) == ("sort", "$.category", whole, 1)
    assert (found.raw.count, found.raw.n, found.left_out) == (same_class, 1, 0)


@pytest.mark.parametrize(
    "given",
    [
        [accepted()],
        [accepted(), accepted(blind=True)],
        [corrected("ann", None), accepted("bob", blind=True)],
    ],
)
def test_one_opinion_is_no_pair(given):
    assert of(an_item(1, *given)).agreement == ()


def test_who_sends_back_says_nothing_of_what_is_right():
    (found,) = of(an_item(1, sent_back(), accepted("bob", blind=True))).agreement
    assert (found.whole.n, found.left_out, found.kappa.value) == (0, 1, None)


def test_what_a_blind_check_answered_differently_is_named_newest_first_and_not_without_end():
    same = an_item(1, accepted(answer=CARD), accepted("bob", answer=CARD, blind=True))
    late = an_item(2, corrected(), corrected("bob", CARD))
    audit = an_item(3, corrected(blind=True), corrected("bob", CARD, blind=True), inclusion=0.1)
    items = [an_item(number, corrected(), rejected("bob", blind=True)) for number in range(10, 12)]
    found = of(same, late, audit, *items).disagreements
    assert [(each.event_id, each.first.by, each.second.by) for each in found] == [
        ("e-11", "ann", "bob"),
        ("e-10", "ann", "bob"),
    ]
    assert (found[0].ref, found[0].summary) == (items[1].ref, items[1].row.summary)
    many = [
        an_item(number, corrected(), rejected("bob", blind=True)) for number in range(summary.MOST_DISAGREEMENTS + 1)
    ]
    found = of(*many).disagreements
    assert (len(found), found[-1].event_id) == (summary.MOST_DISAGREEMENTS, "e-1")


def test_kappa_is_of_the_class_with_rejections_as_one_more():
    pairs = [
        *[(accepted(), accepted("bob", blind=True))] * 4,
        *[(corrected(), corrected("bob", blind=True))] * 4,
        (accepted(), corrected("bob", blind=True)),
        (rejected(), accepted("bob", blind=True)),
    ]
    (found,) = of(*(an_item(number, *pair) for number, pair in enumerate(pairs))).agreement
    chance = (5 / 10) * (5 / 10) + (4 / 10) * (5 / 10)
    assert found.kappa.value == pytest.approx((0.8 - chance) / (1 - chance))
    assert found.kappa.low < found.kappa.value < found.kappa.high
    category, reason = found.places if found.places[0].path == "$.category" else found.places[::-1]
    assert (category.raw.count, category.raw.n, reason.path, reason.kappa) == (8, 9, "$.reason", None)
    assert category.kappa.value is not None


def test_the_place_that_reviewers_agree_on_least_comes_first():
    lost = corrected("bob", {**CARD, "reason": "lost"}, blind=True)
    items = [an_item(1, accepted(), lost), an_item(2, accepted(), corrected("bob", blind=True))]
    (found,) = of(*items, an_item(3, accepted(), accepted("bob", blind=True))).agreement
    assert [(each.path, each.raw.count, each.raw.n) for each in found.places] == [
        ("$.reason", 1, 3),
        ("$.category", 2, 3),
    ]


def test_answers_of_a_task_that_is_gone_are_compared_as_they_are():
    one = an_item(1, accepted(), accepted("bob", blind=True), task="gone")
    two = an_item(2, accepted(), corrected("bob", blind=True), task="gone")
    three = an_item(3, corrected(), corrected("bob", blind=True), task="gone")
    (found,) = of(one, two, three).agreement
    assert (found.whole.count, found.whole.n, found.class_at, found.places) == (2, 3, "", ())
    assert found.raw == found.whole
    assert found.kappa.why == "answers have no class"


def test_time_is_told_of_all_and_of_each_who_looked():
    items = [an_item(number, accepted(seconds=seconds)) for number, seconds in enumerate([10.0, 20.0, 30.0, 40.0, 0.0])]
    found = of(*items, an_item(9, accepted("bob", seconds=100.0))).times
    everybody, ann, bob = found
    assert [each.by for each in found] == ["", "ann", "bob"]
    assert (ann.n, ann.lower, ann.median, ann.upper) == (4, 17.5, 25.0, 32.5)
    assert (bob.n, bob.lower, bob.median, bob.upper) == (1, 100.0, 100.0, 100.0)
    assert (everybody.n, everybody.hours) == (5, pytest.approx(200 / 3600))


def broke(*rules):
    return {"violations": [reviewing.violation(rule=rule) for rule in rules]}


def test_a_rule_whose_work_is_accepted_unchanged_costs_more_than_it_catches():
    items = [an_item(number, accepted(seconds=36.0), **broke("strict")) for number in range(6)]
    items += [an_item(number, corrected(seconds=72.0), **broke("good", "strict")) for number in range(10, 12)]
    items += [an_item(20, accepted(answer={**CARD, "reason": "x"}), **broke("good"))]
    strict, good = of(*items).rules
    assert (strict.rule, strict.unchanged.count, strict.unchanged.n) == ("strict", 6, 8)
    assert (strict.alone.count, strict.alone.n, strict.median) == (6, 6, 36.0)
    assert (strict.hours, strict.in_vain) == (pytest.approx(0.1), pytest.approx(0.06))
    assert (good.rule, good.unchanged.count, good.unchanged.n, good.in_vain) == ("good", 0, 3, 0.0)
    assert not good.costs_more
    assert not strict.costs_more, "6 of 8 may be chance"
    more = [an_item(number, accepted(), **broke("strict")) for number in range(30, 50)]
    assert of(*items, *more).rules[0].costs_more


def test_who_rejects_an_item_leaves_nothing_unchanged():
    (strict,) = of(an_item(1, rejected(), **broke("strict")), an_item(2, accepted(), **broke("strict"))).rules
    assert (strict.unchanged.count, strict.unchanged.n) == (1, 2)


TAGGED = """{"type": "record", "name": "Answer", "fields": [
    {"name": "tags", "type": {"type": "map", "values": "string"}}]}"""


@pytest.mark.parametrize(
    ("answer", "model", "with_task", "unchanged"),
    [
        ({"a": "x"}, {"a": "x"}, False, True),
        ({"a": "x"}, [{"key": "a", "value": "x"}], True, True),
        ({"a": "x"}, [{"key": "a", "value": "y"}], True, False),
        ({"a": "x"}, [{"key": "a", "value": "x"}], False, False),
        ({"a": "x"}, None, True, False),
    ],
)
def test_an_answer_is_the_models_whether_it_is_typed_or_as_the_model_gave_it(answer, model, with_task, unchanged):
    item = an_item(1, accepted(answer={"tags": answer}), answer=model and {"tags": model})
    judge = Judge(builders.a_task(schema=TAGGED) if with_task else None)
    assert judge.seen(reviewing.decided(item)).unchanged == unchanged


def audit(number, given, inclusion, attempts=1):
    made = [reviewing.attempt(each + 1, violations=[]) for each in range(attempts)]
    return an_item(number, given, inclusion=inclusion, reason="audit", violations=[], attempts=made)


def test_audits_stand_for_what_they_were_drawn_from():
    items = [audit(number, accepted(blind=True), 0.1) for number in range(9)]
    items += [audit(10, corrected(blind=True), 0.1), audit(11, accepted(blind=True), 0.5, 2)]
    items += [audit(12, rejected(blind=True), 0.5, 2)]
    together, first, retried = of(*items).accuracy
    assert (together.stratum, together.n, together.wrong) == ("", 12, 2)
    assert together.stands_for == pytest.approx(104)
    assert together.accuracy.value == pytest.approx(92 / 104)
    assert together.accuracy.low < together.accuracy.value < together.accuracy.high
    assert (first.stratum, first.n, first.wrong, first.accuracy.value) == ("first", 10, 1, pytest.approx(0.9))
    assert (retried.stratum, retried.n, retried.wrong, retried.accuracy.value) == ("retried", 2, 1, 0.5)


def test_audits_stand_for_their_own_task_and_nothing_else_is_one():
    other = dataclasses.replace(seen(False, False, 0.5), task="other")
    decided = [seen(False, True, 0.1), seen(True, False, None), other]
    found = audits.by_stratum(decided, [Audits("other", True, 0.1, 3)])
    assert [(each.task, each.stratum, each.n, each.wrong, each.waiting, each.stands_for) for each in found] == [
        ("other", "", 1, 1, 3, 32.0),
        ("other", "first", 1, 1, 0, 2.0),
        ("sort", "", 1, 0, 0, 10.0),
        ("sort", "first", 1, 0, 0, 10.0),
    ]


def test_what_is_decided_stands_for_what_waits_of_its_kind():
    items = [audit(number, accepted(blind=True), 0.1) for number in range(8)]
    items += [audit(10, accepted(blind=True), 0.5, 2), audit(11, rejected(blind=True), 0.5, 2)]
    waiting = [Audits("sort", False, 0.1, 12), Audits("sort", True, 0.5, 0), Audits("other", False, 0.1, 5)]
    together, first, retried = of(*items, waiting=waiting).accuracy
    assert [(each.n, each.waiting) for each in (together, first, retried)] == [(10, 12), (8, 12), (2, 0)]
    assert together.stands_for == pytest.approx(204)
    assert together.accuracy.value == pytest.approx(202 / 204)
    assert retried.accuracy.value == 0.5


def seen(retried, right, inclusion):
    given = Given("ann", reviewing.NOW, 1.0, Action.ACCEPT)
    return Seen("sort", (), (given,), given, False, inclusion, retried, not right, None, False, None)


@pytest.mark.parametrize(("first", "retried"), [(1.0, 1.0), (0.3, 1.0), (1.0, 0.3)])
def test_the_figure_is_honest_whichever_kind_is_decided_sooner(first, retried):
    dice, held, off = random.Random(7), 0, 0.0
    for _ in range(40):
        results = [(again, dice.random() < (0.8 if again else 0.98)) for again in [True] * 200 + [False] * 1800]
        truth = sum(right for _, right in results) / len(results)
        drawn = [(again, right, 0.5 if again else 0.1) for again, right in results]
        drawn = [each for each in drawn if dice.random() < each[2]]
        decided = [each for each in drawn if dice.random() < (retried if each[0] else first)]
        left = collections.Counter((again, chance) for again, _, chance in drawn)
        left.subtract((again, chance) for again, _, chance in decided)
        waiting = [Audits("sort", again, chance, count) for (again, chance), count in left.items()]
        found = audits.by_stratum([seen(*each) for each in decided], waiting)[0].accuracy
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
        off += (found.value - truth) / 40
    assert held >= 34, "95 of 100: fewer than 34 of 40 happen once in 300 times"
    assert abs(off) < 0.01


def test_a_correction_of_what_is_not_compared_makes_no_answer_wrong():
    (together, _) = of(audit(1, corrected(answer={**CARD, "reason": "Asks for a card!"}), 0.5)).accuracy
    assert together.wrong == 0


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (accepted(answer=REFUND), False),
        (accepted(), False),
        (corrected(answer=None), False),
        (corrected(answer=REFUND), True),
        (corrected(answer=CARD), False),
        (rejected(), True),
    ],
)
@pytest.mark.parametrize("name", ["sort", "gone"])
def test_an_audit_is_wrong_by_what_the_ruling_calls_right(given, wrong, name):
    judge = Judge(task() if name == "sort" else None)
    for inclusion in (0.5, None):
        item = an_item(1, given, task=name, **({"inclusion": inclusion, "reason": "audit"} if inclusion else {}))
        assert judge.seen(reviewing.decided(item)).wrong == (wrong and inclusion is not None)


PLACES = """{"type": "record", "name": "Answer", "fields": [
    {"name": "kind", "type": ["null", {"type": "enum", "name": "Kind", "symbols": ["card", "refund"]}]},
    {"name": "urgent", "type": "boolean"},
    {"name": "mixed", "type": ["boolean", "string"]},
    {"name": "tags", "type": {"type": "array", "items": "Kind"}},
    {"name": "text", "type": "string"}]}"""


def test_values_are_held_against_chance_where_their_list_is_closed():
    one = {"kind": None, "urgent": True, "mixed": True, "tags": ["card"], "text": "x"}
    other = {**one, "kind": "card"}
    item = an_item(1, accepted(answer=one), corrected("bob", other, blind=True), answer=one)
    pair = Judge(builders.a_task(schema=PLACES)).seen(reviewing.decided(item)).pair
    assert pair is not None
    assert pair.closed == {"$.kind": ("[null]", '["card"]'), "$.urgent": ("[true]", "[true]")}
    assert pair.places["$.mixed"]


def test_audits_are_no_work_of_rules():
    assert of(an_item(1, accepted(blind=True), inclusion=0.1, reason="audit", **broke("strict"))).rules == ()


def test_days_count_all_that_was_decided():
    late = reviewing.NOW + dt.timedelta(days=1)
    found = of(an_item(1, accepted(), corrected("bob", blind=True, at=late)), an_item(2, rejected(at=late)))
    first, second = found.days
    assert (first.day, first.rulings, first.reviewers) == (reviewing.NOW.date(), 1, 1)
    assert (second.rulings, second.actions, second.reviewers) == (2, {Action.CORRECT: 1, Action.REJECT: 1}, 2)
    assert second.hours == pytest.approx(25 / 3600)
    assert (found.items, found.rulings) == (2, 3)
