"""What people decided, brought together with events and answers; and what traffic is counted, message by message."""

import dataclasses
import functools
from datetime import UTC, date, datetime, timedelta

import pytest

from processor.core.records import Message, Origin
from processor.core.views.outcomes import Outcome
from processor.measure.cases import labels, opinions
from processor.measure.cases.decided import Stories
from processor.measure.cases.traffic import Meter
from processor.measure.cases.values import VersionSeen
from processor.measure.scoring import Scorer
from tests import builders

DAY = 86_400_000
CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money"}
FIRST = {"topic": "untuned.tasks", "partition": 0, "offset": 3, "timestamp_ms": 5}


@functools.cache
def task():
    return builders.a_task(definition=f'{builders.DEFINITION}\n[measure]\ngroup = "customer"')


def outcome(kind, at=1, offset=0, **record):
    message = Message(Origin(f"untuned.{kind}", 0, offset, at), b"key", b"{}", ())
    return Outcome(message, {"task": "sort", **record})


def decision(event_id="e1", by="ann", action="correct", answer=None, at=1, **more):
    return outcome("decisions", at, at, event_id=event_id, decided_by=by, action=action, answer=answer, **more)


def audited(**more):
    return decision(blind=True, inclusion=0.2, **more)


def review(event_id="e1", answer=None, at=1, **more):
    event = {"id": event_id, "task": "sort", "input": {"text": "Where?"}, "attributes": {"customer": "7"}}
    record = {"event": event, "answer": answer, "first": FIRST, "usage": {"input_tokens": 10, "output_tokens": 2}}
    return outcome("review", at, **{**record, **more})


def result(event_id="e1", answer=CARD, at=1, **more):
    usage = {"input_tokens": 100, "output_tokens": 10, "cached_tokens": 0}
    record = {"event_id": event_id, "answer": answer, "decided_by": "model", "first": FIRST, "version": "v1"}
    return outcome("results", at, **{**record, "usage": usage, "cost_usd": "0.5", **more})


def found(*decisions, results=(), reviews=()):
    stories = Stories(task(), Scorer(task()))
    for take, given in ((stories.decision, decisions), (stories.result, results), (stories.review, reviews)):
        for each in given:
            take(each)
    return stories.found()


def test_a_correction_is_a_label_and_what_was_answered_first_stays_beside_it():
    (case,) = found(decision(answer=REFUND, inclusion=0.2), reviews=[review(answer=CARD)]).cases
    assert (case.id, case.event.input, case.expected, case.first_answer) == ("e1", {"text": "Where?"}, REFUND, CARD)
    assert (case.labelled_by, case.agreed, case.group, case.source) == (("ann",), None, "7", "untuned.decisions/0/1")
    assert case.inclusion == 0.2


@pytest.mark.parametrize(
    ("made", "label"),
    [
        (decision(action="accept"), CARD),
        (decision(action="accept", answer=REFUND), REFUND),
        (decision(action="correct", answer='{"category": "refund"}'), {"category": "refund"}),
    ],
)
def test_who_accepts_means_the_answer_that_was_there(made, label):
    assert found(made, reviews=[review(answer=CARD)]).cases[0].expected == label


@pytest.mark.parametrize(
    ("decisions", "reviews", "why"),
    [
        ([decision(action="reject")], [review(answer=CARD)], "rejected"),
        ([decision(action="reject"), decision(by="bob", answer=CARD, at=2)], [review()], "rejected"),
        ([decision(answer=CARD), decision(action="reject", at=2, replay=1)], [review()], "rejected"),
        ([decision(action="send_back")], [review(answer=CARD)], "sent back"),
        ([decision(action="accept")], [review()], "no answer"),
        ([decision(action="correct")], [review(answer=CARD)], "no answer"),
        # Of several, the last in the topic's order says it.
        ([decision(action="accept", at=2), decision(action="send_back", id="s")], [review()], "no answer"),
        ([decision(action="send_back", at=2), decision(action="accept", id="s")], [review()], "sent back"),
        ([decision(answer=CARD)], [], "event gone"),
        ([dataclasses.replace(decision(), record={}, unreadable="it is not JSON")], [], "unreadable"),
    ],
)
def test_decisions_that_are_no_label_are_excluded_and_counted(decisions, reviews, why):
    left = found(*decisions, reviews=reviews)
    assert (left.cases, [each.why for each in left.exclusions]) == ((), [why])


def test_decisions_on_other_tasks_are_not_looked_at():
    assert found(decision(answer=CARD, task="other")).exclusions == ()


@pytest.mark.parametrize(
    ("decisions", "label", "by", "agreed"),
    [
        ([decision(answer=CARD), decision(by="bob", answer=CARD, at=2)], CARD, ("ann", "bob"), True),
        # The first one counts, in the topic's order, and not in that of the clocks.
        ([decision(answer=CARD), decision(by="bob", answer=REFUND, at=2)], CARD, ("ann", "bob"), False),
        ([decision(answer=CARD, at=2), decision(answer=REFUND, at=1)], REFUND, ("ann",), None),
        # Blind checks are further opinions, wherever they stand.
        ([decision(answer=CARD), decision(by="bob", answer=REFUND, at=2, blind=True)], CARD, ("ann", "bob"), False),
        ([decision(by="bob", answer=REFUND, blind=True), decision(answer=CARD, at=2)], CARD, ("ann", "bob"), False),
        ([decision(by="bob", answer=CARD, blind=True)], CARD, ("bob",), None),
        # Of an audit all are blind.
        ([audited(answer=CARD), audited(by="bob", answer=REFUND, at=2)], CARD, ("ann", "bob"), False),
        (
            [decision(answer=CARD), decision(by="bob", answer=CARD, at=2), decision(by="eve", answer=REFUND, at=3)],
            CARD,
            ("ann", "bob", "eve"),
            False,
        ),
        ([audited(answer=CARD), decision(by="bob", answer=REFUND, at=2)], CARD, ("ann", "bob"), False),
        # The same form sent twice is one decision, and where it stood first.
        ([decision(answer=REFUND, id="f", at=2), decision(answer=CARD, id="f")], CARD, ("ann",), None),
        ([decision(answer=CARD, id="f"), decision(answer=REFUND, id="f", at=2)], CARD, ("ann",), None),
        ([decision(answer=CARD, id="f"), decision(by="bob", answer=CARD, id="f", at=2)], CARD, ("ann", "bob"), True),
        ([decision(action="send_back"), decision(by="bob", answer=CARD, at=2)], CARD, ("bob",), None),
        ([decision(answer=CARD), decision(by="bob", action="reject", at=2)], CARD, ("ann",), False),
        # The last round that was decided counts, and it alone.
        ([decision(action="send_back"), decision(by="bob", answer=CARD, at=2, replay=1)], CARD, ("bob",), None),
        ([decision(answer=REFUND), decision(by="bob", answer=CARD, at=2, replay=1)], CARD, ("bob",), None),
        ([decision(answer=REFUND, replay=10), decision(by="bob", answer=CARD, at=2, replay=9)], REFUND, ("ann",), None),
        ([decision(answer=CARD), decision(by="bob", action="send_back", at=2, replay=1)], CARD, ("ann",), None),
    ],
)
def test_several_reviewers_of_one_event(decisions, label, by, agreed):
    (case,) = found(*decisions, reviews=[review()]).cases
    assert (case.expected, case.labelled_by, case.agreed) == (label, by, agreed)
    assert tuple(case.labels_by) == by
    assert case.labels_by[by[0]] == label


def test_each_round_has_its_own_answer():
    accepting = [decision(action="send_back"), decision(action="accept", at=2, replay=1)]
    again = dataclasses.replace(review(answer=REFUND).message, headers=(("untuned-replay", b"1"),))
    reviews = [review(answer=CARD), dataclasses.replace(review(answer=REFUND), message=again)]
    for order in (reviews, reviews[::-1]):
        (case,) = found(*accepting, reviews=order).cases
        assert (case.expected, case.first_answer) == (REFUND, REFUND)


def test_where_a_rounds_answer_is_not_known_that_of_the_last_round_before_it_is_meant():
    again = dataclasses.replace(review().message, headers=(("untuned-replay", b"1"),))
    reviews = [review(answer=CARD), dataclasses.replace(review(answer=REFUND), message=again)]
    (case,) = found(decision(action="accept", replay=2), reviews=reviews).cases
    assert (case.expected, case.first_answer) == (REFUND, REFUND)


def test_a_later_round_changes_nothing_of_what_a_decided_one_had():
    again = dataclasses.replace(review().message, headers=(("untuned-replay", b"1"),))
    reviews = [review(answer=CARD), dataclasses.replace(review(answer=REFUND), message=again)]
    (case,) = found(decision(action="accept"), reviews=reviews).cases
    assert (case.expected, case.first_answer) == (CARD, CARD)


@pytest.mark.parametrize(("first", "second", "agreed"), [("f", "f", None), ("f", "g", False), (None, None, False)])
def test_decisions_of_nobody_known_are_told_apart_by_their_ids(first, second, agreed):
    two = [decision(by="", answer=CARD, id=first), decision(by="", answer=REFUND, id=second, at=2)]
    (case,) = found(*two, reviews=[review()]).cases
    assert (case.expected, case.labelled_by, case.agreed) == (CARD, (), agreed)


@pytest.mark.parametrize(
    ("customer", "group"), [("7", "7"), (7, "7"), (True, ""), (1.5, ""), (None, ""), ({"id": 7}, ""), (["7"], "")]
)
def test_a_group_is_a_text_or_a_whole_number(customer, group):
    event = builders.event(input={"text": "Where?", "customer": customer})
    assert labels.group_of(task(), event) == group
    assert labels.group_of(builders.a_task(), event) == ""


def test_of_what_nobody_decided_nothing_is_kept():
    left = found(decision(answer=CARD), results=[result("e2")], reviews=[review("e2"), review()])
    assert ([case.id for case in left.cases], left.exclusions) == (["e1"], ())


def test_an_audit_is_known_by_its_review_item_too():
    blind = [decision(answer=CARD, blind=True), decision(by="bob", answer=REFUND, at=2)]
    (case,) = found(*blind, reviews=[review(answer=CARD, inclusion=0.1)]).cases
    assert (case.expected, case.inclusion) == (CARD, 0.1)


def test_a_person_s_result_says_who_decided_where_the_decision_is_gone():
    told = {"by": "ann", "action": "correct", "seconds": 3.0, "decision": "f"}
    (case,) = found(results=[result(answer=REFUND, decided_by="person", reviewed=told)], reviews=[review()]).cases
    assert (case.expected, case.labelled_by) == (REFUND, ("ann",))


def test_a_person_s_result_says_nothing_beside_decisions_and_none_without_an_answer():
    told = {"by": "bob", "action": "correct", "seconds": 3.0, "decision": "f"}
    results = [result(answer=REFUND, decided_by="person", reviewed=told)]
    (case,) = found(decision(answer=CARD), results=results, reviews=[review()]).cases
    assert (case.expected, case.labelled_by, case.agreed) == (CARD, ("ann",), None)
    nothing = found(results=[result(answer=None, decided_by="person", reviewed=told)], reviews=[review()])
    assert [(each.why, each.source) for each in nothing.exclusions] == [("no answer", "untuned.results/0/0")]


@pytest.mark.parametrize(
    ("said", "chance"), [(1, 1.0), (0.2, 0.2), (0, None), (-0.5, None), (1.5, None), (True, None), ("1", None)]
)
def test_a_chance_is_over_nothing_and_at_most_all(said, chance):
    assert opinions.probability({"inclusion": said}) == chance


def test_a_result_that_a_person_decided_is_a_label():
    results = [result(), result(answer=REFUND, decided_by="person", at=2)]
    (case,) = found(results=results, reviews=[review(answer=CARD)]).cases
    assert (case.expected, case.first_answer, case.labelled_by, case.agreed) == (REFUND, CARD, (), None)
    assert case.source == "untuned.results/0/0"


def test_an_audited_result_is_found_by_where_it_was_first_produced():
    stories = Stories(task(), Scorer(task()))
    stories.decision(decision(action="accept"))
    stories.decision(decision("e3", action="accept"))
    stories.result(result())
    stories.result(result("e2"))
    assert stories.without_event == {"e1", "e3"}
    assert stories.places == {Origin("untuned.tasks", 0, 3, 5): "e1"}
    for other in ({"id": "another", "task": "sort"}, {"id": "e1", "task": "other"}, {"id": 5}):
        stories.event("e1", {"input": {"text": "x"}, **other})
    assert stories.without_event == {"e1", "e3"}
    stories.event("e1", {"id": "e1", "task": "sort", "input": {"text": "x"}})
    assert (stories.without_event, stories.places) == ({"e3"}, {})
    (case,) = stories.found().cases
    assert (case.expected, case.event.input) == (CARD, {"text": "x"})


def test_traffic_counts_each_event_and_each_delivery_once():
    meter = Meter(Scorer(task()))
    meter.result(result("e1", at=0), 0)
    meter.result(result("e1", at=0), 0)
    meter.result(result("e2", REFUND, at=DAY, cost_usd=None, version="v2"), 0)
    meter.result(result("e1", REFUND, at=DAY, version="v2"), 1)
    meter.review(review("e3", at=DAY, cost_usd=None), 0)
    meter.result(result("e3", at=2 * DAY, decided_by="person"), 0)
    traffic = meter.traffic(datetime.fromtimestamp(4 * 86_400, UTC))
    assert (traffic.events, traffic.results, traffic.people) == (3, 3, 1)
    assert (traffic.days, traffic.per_day) == (4, 0.75)
    assert (traffic.input_tokens, traffic.output_tokens) == ((3 * 100 + 10) / 4, (3 * 10 + 2) / 4)
    assert traffic.usd == 0.5
    first, second = (datetime.fromtimestamp(days * 86_400, UTC) for days in (0, 1))
    assert traffic.versions == (VersionSeen("v1", 1, first, first), VersionSeen("v2", 2, second, second))
    assert traffic.labels == {
        date(1970, 1, 1): {"card": 1},
        date(1970, 1, 2): {"refund": 2},
        date(1970, 1, 3): {"card": 1},
    }
    assert meter.undecided(["e1"]) == 1


def test_traffic_is_the_same_in_whatever_order_and_from_wherever_it_is_read():
    meter = Meter(Scorer(task()))
    free = {"input_tokens": 0, "output_tokens": 0}
    meter.result(result("e2", at=2 * DAY, usage=free, cost_usd="0"), 0)
    meter.result(result("e1", at=3 * DAY), 1)  # what became of it before is older
    meter.result(result("e3", at=DAY), 0)
    meter.result(result("e3", REFUND, at=2 * DAY, decided_by="person"), 0)  # of an audit
    for number, cost in enumerate(("Infinity", "-1")):
        meter.review(review(f"p{number}", at=DAY, cost_usd=cost), 0)
    meter.review(review("p9", at=DAY, usage=None, cost_usd="1"), 0)
    traffic = meter.traffic(datetime.fromtimestamp(4 * 86_400, UTC))
    assert (traffic.events, traffic.results, traffic.people, traffic.days) == (6, 3, 0, 3)
    assert traffic.input_tokens == (0 + 2 * 100 + 2 * 10) / 5
    assert traffic.usd == pytest.approx((0 + 2 * 0.5) / 3)
    first, last = (datetime.fromtimestamp(days * 86_400, UTC) for days in (1, 3))
    assert traffic.versions == (VersionSeen("v1", 3, first, last),)
    assert traffic.labels == {date(1970, 1, day): {"card": 1} for day in (2, 3, 4)}
    assert (meter.undecided([]), meter.undecided(["e1", "p0"])) == (3, 2)


def test_an_answer_without_a_class_is_no_label_of_the_mix():
    meter = Meter(Scorer(task()))
    meter.result(result("e1", None), 0)
    meter.result(result("e2", "card"), 0)
    meter.result(result("e3", {}), 0)
    assert meter.traffic(datetime.fromtimestamp(0, UTC)).labels == {}


def test_an_audit_is_no_event_of_its_own():
    meter = Meter(Scorer(task()))
    meter.result(result("e1"), 0)
    meter.review(review("e1", inclusion=0.5, usage={"input_tokens": 9000, "output_tokens": 1}), 0)
    assert meter.traffic(datetime.fromtimestamp(0, UTC)).input_tokens == 100


@pytest.mark.parametrize("value", [None, "x", "NaN", -1, True, [], {}])
def test_what_others_write_to_a_topic_is_counted_and_breaks_nothing(value):
    meter = Meter(Scorer(task()))
    usage = {"input_tokens": value, "output_tokens": value}
    meter.result(result("e1", {"category": value}, usage=usage, cost_usd=value, version=value), 0)
    meter.review(review("e2", usage=value, cost_usd=value), 0)
    traffic = meter.traffic(datetime.fromtimestamp(0, UTC))
    assert (traffic.events, traffic.input_tokens, traffic.usd) == (2, 0, None)
    strange = decision(by=value, action=value, answer=value, inclusion=value, id=value, replay=value, blind=value)
    (case,) = found(strange, decision(by="ann", answer=CARD, at=2), reviews=[review(answer=value, first=value)]).cases
    assert (case.expected, case.inclusion) == (CARD, None)


@pytest.mark.parametrize(("asked", "days"), [(7.0, 1.0), (0.25, 0.25), (0.01, 0.0417)])
def test_an_hour_says_nothing_of_a_day(asked, days):
    """300 in the hour after a start are no 7,200 a day; where no more than some hours are asked for, they count."""
    meter, now = Meter(Scorer(task())), datetime.fromtimestamp(3600, UTC)
    meter.result(result("e1"), 0)
    assert meter.traffic(now, now - timedelta(days=asked)).days == pytest.approx(days, abs=1e-3)


def test_no_traffic_has_no_rate():
    traffic = Meter(Scorer(task())).traffic(datetime.fromtimestamp(0, UTC))
    assert (traffic.events, traffic.days, traffic.per_day, traffic.usd) == (0, 0.0, None, None)
