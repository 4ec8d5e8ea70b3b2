"""`untuned check`: a task's rules and contract tried on its own labelled messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from processor.adapters import project
from processor.checking import findings, labelled, trial
from processor.core import errors
from processor.core.contracts import blanks
from processor.knowledge import gather, offline
from tests import builders, projects, verbs

if TYPE_CHECKING:
    from pathlib import Path

RULES = '''
from processor.core.rules import rule, violation

@rule
def refunds_name_money(event, answer, passages):
    """A refund's reason names money."""
    if answer["category"] == "refund" and "money" not in answer["reason"]:
        return violation("$.reason", "A refund names money.")

@rule(then="review")
def lawyers_see_people(event, answer, passages):
    return violation("$", "A lawyer writes.") if "lawyer" in event.input["text"] else None

@rule(severity="warning")
def never_like_this(event, answer, passages):
    labels = [passage.answer for passage in passages if passage.kind == "example"]
    return violation("$.reason", "Copied.") if any(answer["reason"] in label for label in labels) else None
'''
CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants it back"}


def case(ident: str, expected: dict[str, Any], text: Any = "Where is it?", **more: Any) -> dict[str, Any]:
    return {"id": ident, "input": {"text": text}, "expected": expected, **more}


def counterexample(ident: str, answer: dict[str, Any], breaks: Any, text: str = "Where is it?") -> dict[str, Any]:
    return {"id": ident, "input": {"text": text}, "answer": answer, "breaks": breaks}


def tried(
    root: Path, cases: Any = (), counterexamples: Any = (), rules: str = RULES, **files: str
) -> findings.Findings:
    files = {"cases__jsonl": projects.lines(cases), "counterexamples__jsonl": projects.lines(counterexamples), **files}
    projects.make(root, rules, **files)
    done: list[int] = []
    messages = labelled.read(root, "sort")
    found = trial.run(project.Project(root).load("sort"), root, messages, done.append)
    assert done == list(range(1, len(messages) + 1))
    return found


def problems(found: findings.Findings) -> list[str]:
    return [str(problem).partition("jsonl:")[2] for problem in found.problems]


def test_right_answers_that_nothing_contradicts(tmp_path: Path):
    found = tried(tmp_path, [case("c1", CARD), case("c2", CARD, "My lawyer asks.")])
    assert problems(found) == []
    assert (found.labels, found.partial, found.counterexamples) == (3, 0, 0)
    assert found.rules["lawyers_see_people"].labels == ["c2"]
    assert found.never == ["refunds_name_money", "never_like_this"]
    assert all(each.slowest > 0 for each in found.rules.values())


def test_a_rule_that_objects_to_a_label(tmp_path: Path):
    found = tried(tmp_path, [case("c1", CARD), case("c2", REFUND)])
    (told,) = problems(found)
    assert told.startswith(
        "2: c2: the rule refunds_name_money objects to the labelled answer at $.reason, so one of both is wrong: "
    )
    assert told.endswith(": A refund names money.")


def test_a_label_that_breaks_the_contract(tmp_path: Path):
    found = tried(tmp_path, [case("c1", {"category": "bank"}), case("c2", {**CARD, "more": 1})])
    assert [line.partition(":")[0] for line in problems(found)] == ["1", "2"]
    assert "breaks the contract at $.category" in problems(found)[0]
    assert "breaks the contract at $.more" in problems(found)[1]


def test_an_example_must_be_whole(tmp_path: Path):
    short = {**projects.EXAMPLE, "answer": {"category": "card"}}
    assert "breaks the contract at $.reason" in problems(tried(tmp_path, examples__jsonl=projects.lines([short])))[0]


def test_a_label_may_say_only_a_part(tmp_path: Path):
    """What can be blank is left blank, and what rules say of that is not told; what cannot leaves the case out."""
    found = tried(tmp_path, [case("c1", {"category": "refund"}), case("c2", {"reason": "asks"})])
    assert problems(found) == []
    assert (found.labels, found.partial) == (2, 1)


def test_an_input_that_a_worker_refuses(tmp_path: Path):
    assert "a worker refuses the input" in problems(tried(tmp_path, [case("c1", CARD, "")]))[0]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"prompt__md": builders.PROMPT.replace("input.text", "input.txet")}, r"1: x1: prompt\.md: .*`input`.*'txet'"),
        ({"prompt__md": builders.PROMPT.replace("p.text", "p.txet")}, r"1: x1: prompt\.md: .*`passages`.*'txet'"),
        ({"retry__md": builders.RETRY.replace("v.message", "v.mesage")}, r"1: x1: retry\.md: .*`correction`.*'mesage'"),
    ],
)
def test_a_prompt_that_cannot_be_filled_is_told_once(tmp_path: Path, files: dict[str, str], told: str):
    (found,) = problems(tried(tmp_path, [case("c1", CARD), case("c2", CARD)], **files))
    with pytest.raises(ValueError, match=told):
        raise ValueError(found)


def test_counterexamples_make_rules_fire(tmp_path: Path):
    found = tried(
        tmp_path,
        counterexamples=[
            counterexample("w1", REFUND, ["refunds_name_money"]),
            counterexample("w2", REFUND, ["refunds_name_money", "lawyers_see_people"], "My lawyer asks."),
            counterexample("w3", {**CARD, "reason": "asks for it"}, ["never_like_this"]),
            counterexample("w4", CARD, []),
        ],
    )
    assert problems(found) == []
    assert found.never == []
    assert found.counterexamples == 4
    assert found.rules["refunds_name_money"].counterexamples == ["w1", "w2"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (counterexample("w1", CARD, ["refunds_name_money"]), "refunds_name_money must object to this answer, and does"),
        (counterexample("w1", REFUND, []), "the rule refunds_name_money objects to this answer, and must not"),
        (counterexample("w1", REFUND, ["refunds_name_mony"]), "no rule is named refunds_name_mony: did you mean"),
        (counterexample("w1", {"category": "bank"}, ["refunds_name_money"]), "breaks the contract at $.category"),
    ],
)
def test_counterexamples_that_are_none(tmp_path: Path, row: dict[str, Any], told: str):
    found = problems(tried(tmp_path, counterexamples=[row]))
    assert len(found) == 1
    assert found[0].startswith("1: w1: ")
    assert told in found[0]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("    return 1 / 0", r"rule bad raised ZeroDivisionError: division by zero \(rules/sort\.py:5\)$"),
        ("    return 'no'", r"rule bad raised TypeError: .* not str$"),
        ("    answer.clear()", "cannot be changed"),
        ("    while True: pass", "rule bad ran longer than 0.02 s"),
    ],
)
def test_a_rule_that_fails(tmp_path: Path, body: str, told: str):
    head = "from processor.core.rules import rule\n\n@rule(seconds=0.02)\ndef bad(event, answer, passages):\n"
    (found,) = tried(tmp_path, rules=head + body).problems
    with pytest.raises(ValueError, match=told):
        raise ValueError(str(found))


def test_facts_come_whole_and_examples_by_nearness_without_the_message_itself(tmp_path: Path):
    rows = [{**projects.EXAMPLE, "id": f"x{n}", "input": {"text": f"card {n} blue"}} for n in range(8)]
    projects.make(tmp_path, examples__jsonl=projects.lines(rows))
    (tmp_path / "tasks/sort/knowledge/rows.csv").write_text("a,b\n" + "".join(f"{n},x\n" for n in range(30)))
    task = project.Project(tmp_path).load("sort")
    shelf = offline.Offline(task, gather.gather(task, tmp_path, ""))
    event = builders.event("card 3 blue")
    found = shelf.retrieve(event, without="examples.jsonl#x3")
    assert sum(passage.kind == "fact" for passage in found) == 31
    nearest = [passage.id for passage in found if passage.kind == "example"]
    assert "examples.jsonl#x3" not in nearest
    assert len(nearest) == task.definition.retrieval[1].top_k
    assert next(each.id for each in shelf.retrieve(event) if each.kind == "example") == "examples.jsonl#x3"


def test_blanks_say_nothing():
    schema = {
        "properties": {
            "given": {"type": "string"},
            "text": {"type": "string", "minLength": 3},
            "list": {"type": "array"},
            "maybe": {"anyOf": [{"type": "null"}, {"type": "string", "pattern": "x"}]},
            "flag": {"type": "boolean"},
            "label": {"type": "string", "enum": ["a"]},
            "coded": {"type": "string", "pattern": "a"},
            "some": {"type": "array", "minItems": 1},
        }
    }
    made, names = blanks.fill({"given": "g"}, schema)
    assert made == {"given": "g", "text": "xxx", "list": [], "maybe": None}
    assert names == ("text", "list", "maybe")


@pytest.mark.parametrize(
    ("name", "content", "line", "told"),
    [
        ("cases", "{", 1, "Expecting"),
        ("cases", "\n[]", 2, "not a JSON object"),
        ("cases", '{"input": {}, "expected": {}}', 1, "`id` must be"),
        ("cases", '{"id": "a", "input": {}}', 1, "`input` and `expected`"),
        ("cases", '{"id": "a", "input": {}, "expected": {}, "attributes": {"a": 1}}', 1, "`attributes`"),
        ("cases", '{"id": "a", "input": {}, "expected": {}}\n' * 2, 2, "stands on line 1 too"),
        ("counterexamples", '{"id": "a", "input": {}, "answer": {}}', 1, "`breaks` must be a list"),
        ("counterexamples", '{"id": "a", "input": {}, "answer": {}, "breaks": [1]}', 1, "`breaks` must be a list"),
    ],
)
def test_a_line_that_is_no_labelled_message(tmp_path: Path, name: str, content: str, line: int, told: str):
    projects.make(tmp_path, **{f"{name}__jsonl": content})
    with pytest.raises(errors.DefinitionError, match=told) as caught:
        labelled.read(tmp_path, "sort")
    assert (caught.value.path, caught.value.line) == (f"tasks/sort/{name}.jsonl", line)


def check(root: Path, *arguments: str) -> verbs.Finished:
    return verbs.run({"UNTUNED_PROJECT": str(root)}, "check", *arguments)


def test_the_verb_says_what_was_tried_and_what_never_fired(tmp_path: Path):
    projects.make(tmp_path, RULES, cases__jsonl=projects.lines([case("c1", CARD, "My lawyer asks.")]))
    shown = check(tmp_path, "sort")
    assert shown.code == 0
    assert "lawyers_see_people" in shown.out
    assert "fired on nothing: refunds_name_money, never_like_this; write" in shown.out
    assert "tasks/sort/counterexamples.jsonl" in shown.out
    (row,) = check(tmp_path, "--json").json[0]["tasks"]
    assert row["ok"] is True
    assert row["tried"]["labels"] == 2
    assert row["tried"]["rules"][1]["labels"] == ["c1"]


def test_the_verb_falls_short_where_something_contradicts_something(tmp_path: Path):
    projects.make(tmp_path, RULES, cases__jsonl=projects.lines([case("c\x1b[1m", REFUND)]))
    shown = check(tmp_path)
    assert shown.code == 1
    assert "wrong tasks/sort/cases.jsonl:1: c\\x1b[1m: the rule refunds_name_money objects" in shown.out
    (row,) = check(tmp_path, "--json").json[0]["tasks"]
    assert row["ok"] is False
    assert row["tried"]["problems"][0]["line"] == 1


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"cases__jsonl": "{"}, "broken tasks/sort/cases.jsonl:1"),
        ({"knowledge/cards.md": "# Only a heading"}, "cards.md"),
    ],
)
def test_the_verb_tells_of_broken_files(tmp_path: Path, files: dict[str, str], told: str):
    shown = check(projects.make(tmp_path, RULES, **files))
    assert shown.code == 1
    assert told in shown.out
