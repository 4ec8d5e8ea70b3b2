"""The demo's correction: which message it takes, and how it is told."""

import io
import json

import pytest
import rich.console

from processor.demo import audits, correction, loop, summary
from tests import builders
from tests import demo_builders as build

VOTE = """
[[step]]
kind = "neighbours"
field = "$.category"
accept = { agreement = 2 }
"""
DEFINITION = builders.DEFINITION.replace("alpha = 1.0", f"alpha = 1.0\ntop_k = 5\n{VOTE}")
CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money"}


def task(definition=DEFINITION):
    return builders.a_task(definition=definition)


def examples(*categories):
    return [{"kind": "example", "id": f"{each}-{n}", "score": 1 - n / 10} for n, each in enumerate(categories)]


KNOWN = {f"{each}-{n}": {"category": each, "reason": "as it is"} for each in ("card", "refund") for n in range(9)}


@pytest.mark.parametrize(
    ("found", "settled"),
    [
        (["refund", "refund", "refund", "card", "refund"], False),
        (["refund", "refund", "card", "refund", "card"], False),
        (["refund", "card", "refund", "card", "refund"], True),
        (["card", "refund", "refund", "card", "card"], True),
        (["refund", "refund", "refund", "refund", "card"], False),  # the fifth is pushed out
        ([], False),
    ],
)
def test_a_correction_settles_what_a_vote_with_it_settles(found, settled):
    record = {"passages": examples(*found)[::-1]}
    assert correction.settles(task(), record, CARD, KNOWN) is settled


def test_without_a_vote_no_correction_is_tried():
    assert not correction.settles(builders.a_task(), {"passages": examples("card", "card")}, CARD, KNOWN)


def books(*outcomes, **samples):
    made = build.report(samples, *((each.message.origin.topic.rpartition(".")[2], each) for each in outcomes))
    return made.books, made.samples, {"sort": KNOWN}


def candidates(*reviewed, **samples):
    return [each.identity for each in loop.candidates({"sort": task()}, *books(*reviewed, **samples))]


def test_it_takes_labelled_messages_in_review_that_it_can_help():
    passages = examples("card", "refund", "card")
    samples = {
        "later": build.sample("later", 3, category="card"),
        "first": build.sample("first", 1, category="card"),
        "unlabelled": build.sample("unlabelled", 2),
        "worded": build.sample("worded", 4, category="card"),
        "other": build.sample("other", 5, task="gone", category="card"),
    }
    answers = {name: None if name == "worded" else REFUND for name in samples}
    reviewed = [build.review(name, answer=answer, passages=passages) for name, answer in answers.items()]
    assert candidates(*reviewed, **samples) == ["first", "later"]


def test_wrong_results_come_behind_and_right_ones_are_left_alone():
    passages = examples("card", "refund", "card")
    samples = {name: build.sample(name, number, category="card") for number, name in enumerate(["r1", "w1", "x1"], 1)}
    given = [
        build.result("r1", answer=CARD, passages=passages),
        build.result("w1", answer=REFUND, passages=passages),
        build.review("x1", answer=REFUND, passages=passages),
    ]
    assert candidates(*given, **samples) == ["x1", "w1"]


def test_a_wrong_result_comes_before_a_person_with_all_that_led_to_it():
    sample = build.sample("w1", category="card")
    attempt = {
        "number": 2,
        "step": "prompt.md",
        "model": "tiny",
        "answer": "{}",
        "finish_reason": "stop",
        "violations": [],
        "usage": {"input_tokens": 100, "output_tokens": 10, "cached_tokens": 5},
        "cost_usd": "0.1",
        "duration_ms": 3.0,
    }
    passage = {"id": "a#1", "kind": "fact", "source": "a", "title": "", "score": 0.5, "content_hash": "0" * 16}
    first = {"topic": "untuned-demo.tasks", "partition": 1, "offset": 2, "timestamp_ms": 3}
    changes = {"attempts": [attempt], "passages": [passage], "passages_cut": [], "first": first, "version": "v"}
    made = audits.of(task(), sample, build.result("w1", answer=REFUND, cost_usd="0.1", **changes))
    assert (made.reason, made.inclusion, made.answer) == ("audit", 1.0, REFUND)
    assert made.work is not None
    assert made.provenance is not None
    assert (made.work.event.id, made.work.attempt, made.work.key) == ("w1", 2, b"w1")
    assert (made.provenance.passages[0].id, made.provenance.usage.input_tokens) == ("a#1", 100)


def test_what_is_not_labelled_stays_as_the_model_worded_it():
    sample = build.sample("a", category="card")
    reviewed = build.review("a", answer=REFUND, passages=examples("card", "refund", "card"))
    (found,) = loop.candidates({"sort": task()}, *books(reviewed, a=sample))
    assert found.answer == {"category": "card", "reason": "wants money"}


def test_the_same_message_has_another_id():
    made = loop._again(build.sample("a", 7, text="Hello", category="card"))
    assert (made.key, json.loads(made.record.value)["input"], made.expected) == (
        "a-again",
        {"text": "Hello"},
        {"category": "card"},
    )


def a_loop(**changes):
    reviewed = build.review("a", answer=REFUND, passages=examples("refund"))
    answered = build.result("a-again", answer=CARD, model="neighbours", passages=examples("card"))
    given = {
        "event": "a",
        "again": "a-again",
        "right": {"category": "card"},
        "decided": CARD,
        "before": correction.seen("review", reviewed),
        "after": correction.seen("results", answered),
        "qualified": 2,
    }
    return correction.Loop(**{**given, **changes})


def printed(made):
    report = build.report({"a": build.sample("a", category="card")}, ("review", build.review("a")), loop=made)
    console = rich.console.Console(file=io.StringIO(), width=160, highlight=False, emoji=False)
    console.print(summary.render(report))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert report.fields()["correction"] == made.fields()
    json.dumps(report.fields()["correction"])
    return text.partition("A correction, and the same message again")[2]


def test_a_correction_that_helps_is_told_with_before_and_after():
    text = printed(a_loop())
    assert "before" in text
    assert 'rule by tiny: {"category":"refund"' in text
    assert 'result by tiny: {"category":"card"' in text
    assert "55 tokens" in text
    assert "nearest: card-0" in text
    assert "It is answered right now, and was not before." in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"after": None, "why": "the message was not answered again within 15 s"}, "within 15 s"),
        ({"after": correction.seen("results", build.result("b", answer=REFUND))}, "what came of it is above"),
        ({"after": correction.seen("review", build.review("b", answer=CARD))}, "what came of it is above"),
    ],
)
def test_one_that_does_not_is_told_too(changes, told):
    text = printed(a_loop(**changes))
    assert "It did not become better" in text
    assert told in text


def test_where_no_message_qualifies_that_is_told():
    assert "none: no message is labelled" in printed(correction.Loop(why=loop.UNFIT))
