from __future__ import annotations

import io
import json
import re

import rich.console

from processor.core.views import display
from processor.demo import pick, story, summary
from tests import demo_builders as build

HOSTILE = "[red]Hello[/red] \x1b[2J\x1b]0;title\x07 \u202egnp.exe [link=http://x]click[/link] [/]"


def printed(report, width: int = 140) -> str:
    console = rich.console.Console(file=io.StringIO(), width=width, highlight=False, emoji=False)
    console.print(summary.render(report))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def passage(**changes):
    return {
        "kind": "fact",
        "id": "cards.md#0",
        "source": "cards.md",
        "title": "Cards > Lost",
        "score": 0.8123,
    } | changes


def test_the_sums_and_what_they_are_made_of():
    report = build.report(
        {name: build.sample(name, number) for number, name in enumerate("abc")},
        ("results", build.result("a", cost_usd="0.001")),
        ("results", build.result("a", cost_usd="0.001")),
        ("retry", build.retry("b")),
        ("results", build.result("b", cost_usd="0.002")),
        ("review", build.review("c", reason="steps_exhausted", cost_usd=None, attempts=[])),
    )
    text = printed(report)
    assert "3 events in 10 s, 0.3 a second" in text
    assert re.search(r"results +2 ", text)
    assert re.search(r"review +1 +for people: steps_exhausted 1", text)
    assert re.search(r"retried +1 ", text)
    assert re.search(r"tokens +275 +250 in, 25 out; 0.003 US dollars", text)
    assert "1 outcomes were delivered twice" in text
    assert "It adds up: 3 produced = 2 results + 1 review" in text


def test_what_does_not_add_up_is_said():
    report = build.report({"a": build.sample("a")}, lag=4, trouble="worker 1 ended by itself")
    text = printed(report)
    assert "It adds up" not in text
    for complaint in ("worker 1 ended by itself", "1 of 1 events are neither in results nor in review", "the lag is 4"):
        assert f"It does not add up: {complaint}" in text


def test_the_accuracy_comes_with_its_interval():
    samples = {str(n): build.sample(str(n), n, category="card" if n < 15 else "refund") for n in range(148)}
    report = build.report(samples, *(("results", build.result(name)) for name in samples))
    text = printed(report)
    assert re.search(r"category +15 of 148 +10.1% +6.2% to 16.0%", text)
    assert re.search(r"settled without a person +148 of 148 +100.0%", text)


def two_tasks():
    samples = {
        "a": build.sample("a", 1, task="sort", category="card"),
        "b": build.sample("b", 2, task="sort", category="refund"),
        "c": build.sample("c", 3, task="order", category="card"),
        "d": build.sample("d", 4, task="order"),
    }
    return build.report(
        samples,
        ("results", build.result("a", passages=[passage()])),
        ("results", build.result("b", passages=[passage()])),
        ("retry", build.retry("b")),
        ("results", build.result("c", passages=[passage()], model="neighbours")),
        ("review", build.review("d")),
        planned={"held": {"sort": 2, "order": 16}},
    )


def test_several_tasks_have_a_line_each_that_holds_on_a_narrow_terminal():
    text = printed(two_tasks(), width=80)
    assert re.search(r"sort +2 of 2 +2 +1 +0 +1 of 2 +9% to 91%", text)
    assert re.search(r"order +2 of 16 +1 +0 +1 +1 of 1 +21% to 100%", text)
    assert re.search(r"make demo\s+TASK=order", text)
    assert re.search(r"order +165 tokens, 0 US dollars; accepted: neighbours 1", text)
    assert "How right the answers of" not in text


def test_results_of_every_task_are_shown_before_a_second_of_one():
    assert [shown.event[0] for shown in pick.results(two_tasks(), 2)] == ["a", "c"]
    assert [shown.event[0] for shown in pick.results(two_tasks(), 3)] == ["a", "c", "b"]


def test_a_task_is_told_to_a_program_by_itself():
    found = two_tasks().fields()["tasks"]["order"]
    assert (found["produced"], found["of"], found["results"], found["retried"], found["review"]) == (2, 16, 1, 0, 1)
    assert (found["tokens"], found["accepted"], found["reasons"]) == (165, {"neighbours": 1}, {"rule": 1})


def test_the_tiny_model_is_called_what_it_is():
    attempts = [build.ATTEMPT | {"model": "smollm2-135m-instruct"}]
    tiny = build.result("a", attempts=attempts, model="smollm2-135m-instruct")
    report = build.report({"a": build.sample("a")}, ("results", tiny))
    assert "is a tiny model" in printed(report)
    assert "OPENAI_BASE_URL=https://… OPENAI_API_KEY=… OPENAI_MODEL=… make demo" in printed(report)
    other = build.report({"a": build.sample("a")}, ("results", build.result("a")))
    assert re.search(r"tiny +1 of 1", printed(other))
    assert "is a tiny model" not in printed(other)


def test_results_are_shown_with_their_passages_and_the_users_labels():
    passages = [passage(), passage(kind="example", id="examples.jsonl#7", title="", score=0.5)]
    report = build.report(
        {"a": build.sample("a")},
        ("results", build.result("a", passages=passages, answer={"category": "Karte_fehlt"})),
        planned={"labels": {"Karte_fehlt": "Karte fehlt"}},
    )
    text = printed(report)
    assert "a  Where is my card?" in text
    assert '{"category":"Karte fehlt"}' in text
    assert re.search(r"fact +0.812  cards.md · Cards > Lost", text)
    assert re.search(r"example +0.500  examples.jsonl#7", text)


def test_results_that_used_documents_and_examples_are_shown_before_others():
    example = passage(kind="example", id="examples.jsonl#7", title="")
    passages = {"a": [example], "b": [], "c": [example, passage()], "d": [example], "e": [passage()]}
    samples = {name: build.sample(name, number) for number, name in enumerate(passages)}
    report = build.report(samples, *(("results", build.result(n, passages=found)) for n, found in passages.items()))
    assert [shown.event[0] for shown in pick.results(report, 3)] == ["c", "a", "d"]
    assert [shown.event[0] for shown in pick.results(report, 9)] == ["c", "a", "d", "e"]


def test_a_retried_event_is_told_with_what_was_answered():
    attempts = [
        build.ATTEMPT
        | {"answer": '{"category": "x"}', "violations": [{"path": "$.category", "message": "Not known."}]},
        build.ATTEMPT | {"number": 2, "answer": '{"category": "card"}'},
    ]
    lines = story.parse(
        [
            json.dumps({"event": "retry", "timestamp": "2026-01-31T12:00:00Z", "id": "a", "attempt": 1}),
            json.dumps({"event": "result", "timestamp": "2026-01-31T12:00:01Z", "id": "a", "attempt": 2}),
        ]
    )
    report = build.report(
        {"a": build.sample("a")},
        ("retry", build.retry("a")),
        ("results", build.result("a", attempts=attempts)),
        story=lines,
    )
    text = printed(report)
    order = [
        "0.00 s  worker 1  attempt 1  retry",
        '"x"',
        "$.category: Not known.",
        "1.00 s  worker 2  attempt 2  result",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_review_items_are_shown_by_different_reasons():
    samples = {name: build.sample(name, number) for number, name in enumerate("abc")}
    report = build.report(
        samples,
        ("review", build.review("a", reason="rule")),
        ("review", build.review("b", reason="rule")),
        ("review", build.review("c", reason="undecodable", detail="it is not JSON")),
    )
    text = printed(report)
    assert "undecodable: it is not JSON" in text
    assert "rule: rule polite wants a person" in text


def test_hostile_text_steers_neither_the_terminal_nor_the_markup():
    samples = {"a": build.sample("a", 1, HOSTILE, category=HOSTILE), "b": build.sample("b", 2, HOSTILE)}
    hostile = {"path": HOSTILE, "message": HOSTILE, "rule": HOSTILE}
    attempts = [build.ATTEMPT | {"model": HOSTILE, "answer": HOSTILE, "violations": [hostile]}]
    passages = [passage(source=HOSTILE, title=HOSTILE, id=HOSTILE)]
    log = {"event": "retry", "timestamp": "2026-01-31T12:00:00Z", "id": "a", "attempt": 1, "violated": [HOSTILE]}
    report = build.report(
        samples,
        ("results", build.result("a", answer={"category": HOSTILE}, passages=passages, attempts=attempts)),
        ("review", build.review("b", reason=HOSTILE, detail=HOSTILE, violations=[hostile], attempts=attempts)),
        story=story.parse([json.dumps(log)]),
        trouble=HOSTILE,
    )
    text = printed(report, width=400)
    assert display.safe(text) == text
    assert "[red]Hello[/red]" in text
    assert "[link=http://x]" in text


def test_for_a_program():
    report = build.report(
        {name: build.sample(name, number, category="card") for number, name in enumerate("ab")},
        ("results", build.result("a")),
        ("retry", build.retry("b")),
        ("review", build.review("b")),
        stages={"stack": 1.5, "work": 2.25},
    )
    fields = json.loads(json.dumps(report.fields()))
    assert {name: fields[name] for name in ("produced", "results", "retried", "review", "lost", "lag", "tokens")} == {
        "produced": 2,
        "results": 1,
        "retried": 1,
        "review": 1,
        "lost": 0,
        "lag": 0,
        "tokens": 165,
    }
    assert (fields["seconds"], fields["reasons"], fields["cost_usd"], fields["complaints"]) == (
        3.75,
        {"rule": 1},
        "0",
        [],
    )
    assert fields["accuracy"]["sort"]["fields"]["category"]["n"] == 1
