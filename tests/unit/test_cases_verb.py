"""`untuned cases` on a small project, with what people decided given to it instead of read from topics."""

import json
import stat

import pytest

from processor.cli import measuring
from processor.core.records import Event
from processor.measure.cases import Found
from processor.measure.records import Case, Exclusion
from tests import builders, projects, verbs

CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money"}
REDACTING = """
def no_names(text):
    if "boom" in text:
        raise RuntimeError(text)
    return text.replace("Ann", "[name]")
"""
VISIBILITY = '\n[visibility]\nattribute = "tenant"\n'


def case(number, text, expected=CARD, **more):
    event = Event(f"e-{number}", "sort", {"text": text}, None, more.pop("attributes", {}))
    return Case(event, expected, f"untuned.decisions/0/{number}", ("ann",), {"ann": expected}, **more)


@pytest.fixture
def decided(monkeypatch):
    """What is said to have been decided; what is put into it is found."""
    given: list[Case] = []
    found = [Exclusion("e-99", "untuned.decisions/0/99", "rejected")]
    monkeypatch.setattr(measuring, "decided_since", lambda *_: (Found(tuple(given), tuple(found), unlabelled=7), None))
    given.append(case(1, "My card is lost"))
    given.append(case(2, "my  CARD is lost"))
    given.append(case(3, "Give me my money", REFUND, agreed=True, inclusion=0.1, first_answer=CARD))
    return given


@pytest.fixture
def root(tmp_path):
    return projects.make(tmp_path / "project")


def run(root, *arguments):
    return verbs.run({"UNTUNED_PROJECT": str(root)}, "cases", "sort", *arguments)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_one_event_is_one_case_with_all_that_is_known_of_it(root, decided):
    found = run(root)
    assert found.code == 0
    first, second = found.json
    assert (first["id"], first["expected"], first["labelled_by"]) == ("e-1", CARD, ["ann"])
    assert second == {
        "id": "e-3",
        "input": {"text": "Give me my money"},
        "expected": REFUND,
        "labelled_by": ["ann"],
        "labels_by": {"ann": REFUND},
        "agreed": True,
        "inclusion": 0.1,
        "first_answer": CARD,
    }
    assert found.err == "2 cases; left out: 1 rejected, 1 duplicate; 7 results that nobody decided\n"


def test_only_what_two_agree_on(root, decided):
    found = run(root, "--agreed")
    assert [each["id"] for each in found.json] == ["e-3"]
    assert "2 not agreed" in found.err


def test_a_file_is_private_and_gets_only_what_is_new(root, decided, tmp_path):
    path = tmp_path / "made" / "cases.jsonl"
    assert run(root, "--out", str(path)).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(path.read_text().rstrip("\n"))
    before = path.read_text()
    decided[:] = [*decided, case(4, "Another"), case(5, "GIVE me my money", CARD), case(3, "Other words")]
    found = run(root, "--out", str(path), "--append", "--json")
    (told,) = found.json
    assert told["cases"] == 1
    assert told["left_out"]["already there"] >= 2
    assert path.read_text().startswith(f"{before}\n")
    assert [each["id"] for each in lines(path)] == ["e-1", "e-3", "e-4"]
    assert run(root, "--out", str(path), "--append", "--json").json[0]["cases"] == 0


def test_another_label_than_the_file_has_is_told(root, decided, tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text(projects.lines([{"id": "x", "input": {"text": "my card is LOST"}, "expected": REFUND}]))
    (told,) = run(root, "--out", str(path), "--append", "--json").json
    assert told["left_out"]["another label there"] == 1
    assert [each["id"] for each in lines(path)] == ["x", "e-3"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--append"], "--append needs --out FILE"),
        (["--json"], "say --out FILE"),
        (["--examples", "--append"], "leave out --out and --append"),
        (["--days", "1", "--since", "1d"], "leave one out"),
        (["--out", "/proc/no/cases.jsonl"], "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused(root, decided, arguments, told):
    found = run(root, *arguments)
    assert found.code == 2
    assert told in found.err


@pytest.fixture
def redacting(tmp_path):
    definition = builders.DEFINITION + '\n[cases]\nredact = "no_names"\n[measure]\ngroup = "who"\n'
    return projects.make(tmp_path / "project", REDACTING, task__toml=definition)


def test_texts_are_redacted_where_the_task_says_so(redacting, decided):
    decided[:] = [
        case(1, "I am Ann, help", attributes={"name": "Ann", "n": "1"}, first_answer={**CARD, "reason": "Ann"}),
        case(2, "I am Ann and my label changes", {**CARD, "reason": "Ann asks"}),
        case(3, "boom"),
        case(4, "I am one of a group", group="Ann"),
    ]
    found = run(redacting)
    (only,) = found.json
    assert only["input"] == {"text": "I am [name], help"}
    assert only["attributes"] == {"name": "[name]", "n": "1"}
    assert only["first_answer"]["reason"] == "[name]"
    for why in ("redaction changes the label", "redaction changes the group", "redaction failed"):
        assert f"1 {why}" in found.err
    assert "boom" not in found.err


def test_names_of_values_are_redacted_where_they_are_no_fields(redacting, decided):
    decided[:] = [case(1, "one", attributes={"of Ann": "1", "Ann_field": "2"}), case(2, "two")]
    decided.append(case(3, "three", attributes={"of Ann": "1", "of [name]": "2"}))
    found = run(redacting)
    first, second = found.json
    assert (first["attributes"], second["id"]) == ({"of [name]": "1", "Ann_field": "2"}, "e-2")
    assert "1 redaction failed" in found.err


def test_an_event_is_a_case_or_an_example_whatever_redaction_it_was_written_with(redacting, decided, tmp_path):
    task = redacting / "tasks/sort"
    text = "I am Ann, help"
    (task / "cases.jsonl").write_text(projects.lines([{"id": "e-1", "input": {"text": text}, "expected": CARD}]))
    decided[:] = [case(1, text)]
    assert run(redacting, "--examples", "--json").json[0]["left_out"]["also a case"] == 1
    (task / "cases.jsonl").unlink()
    decided_file(redacting).write_text(projects.lines([{"id": "e-1", "input": {"text": text}, "answer": CARD}]))
    assert run(redacting, "--out", str(tmp_path / "made.jsonl"), "--json").json[0]["left_out"]["also an example"] == 1


def test_without_compared_words_a_label_is_redacted_too(tmp_path, decided):
    definition = builders.DEFINITION + '\n[cases]\nredact = "no_names"\n[measure.compare]\n"$.reason" = "ignore"\n'
    root = projects.make(tmp_path / "project", REDACTING, task__toml=definition)
    decided[:] = [case(2, "I am Ann", {**CARD, "reason": "Ann asks"})]
    (only,) = run(root).json
    assert only["expected"]["reason"] == only["labels_by"]["ann"]["reason"] == "[name] asks"


def test_a_function_that_is_not_there_is_told(tmp_path, decided):
    root = projects.make(tmp_path / "project", task__toml=builders.DEFINITION + '\n[cases]\nredact = "no_names"\n')
    found = run(root)
    assert found.code == 2
    assert "cases.redact: rules/sort.py has no function `no_names`" in found.err


def decided_file(root):
    return root / "tasks/sort/examples.decided.jsonl"


def test_examples_are_beside_those_of_the_task_and_no_cases_any_more(root, decided):
    found = run(root, "--examples")
    assert found.code == 0
    assert "2 examples in tasks/sort/examples.decided.jsonl, 2 new" in found.err
    assert "untuned knowledge load sort" in found.err
    first, second = lines(decided_file(root))
    assert first == {"id": "e-1", "input": {"text": "My card is lost"}, "answer": CARD, "labelled_by": ["ann"]}
    assert second["answer"] == REFUND
    assert stat.S_IMODE(decided_file(root).stat().st_mode) == 0o600
    left = run(root)
    assert left.json == []
    assert "3 also an example" in left.err


def test_examples_follow_what_is_decided_later_and_forget_nothing(root, decided):
    run(root, "--examples")
    before = decided_file(root).read_text()
    run(root, "--examples")
    assert decided_file(root).read_text() == before
    decided[:] = [case(1, "My card is lost", REFUND), case(3, "Give me my money", REFUND, agreed=False)]
    (told,) = run(root, "--examples", "--json").json
    assert (told["added"], told["replaced"], told["withdrawn"]) == (0, 1, 1)
    (only,) = lines(decided_file(root))
    assert (only["id"], only["answer"]) == ("e-1", REFUND)
    decided[:] = [case(1, "My card is lost")]
    assert "untuned knowledge load sort" in run(root, "--examples").err
    decided[:] = []
    found = run(root, "--examples")
    assert "1 examples in" in found.err
    assert "knowledge load" not in found.err


def test_what_is_measured_on_or_not_whole_is_no_example(root, decided):
    cases = [{"id": "c1", "input": {"text": "My card is lost"}, "expected": {"category": "card"}}]
    (root / "tasks/sort/cases.jsonl").write_text(projects.lines(cases))
    decided.append(case(4, "half", {"category": "card"}))
    decided.append(case(5, "where IS my card?", REFUND))
    (told,) = run(root, "--examples", "--json").json
    assert told["examples"] == 1
    assert told["left_out"] == {
        "rejected": 1,
        "not a whole answer": 1,
        "duplicate": 1,
        "also a case": 1,
        "another label there": 1,
    }


def test_the_example_of_a_tenant_is_seen_by_that_tenant_alone(tmp_path, decided):
    seen = projects.lines([{**projects.EXAMPLE, "visible_to": "*"}])
    definition = builders.DEFINITION + VISIBILITY
    root = projects.make(tmp_path / "project", task__toml=definition, examples__jsonl=seen)
    named = [case(3, "three", attributes={"tenant": "*"}), case(4, "four", attributes={"tenant": " acme"})]
    decided[:] = [case(1, "one", attributes={"tenant": "acme"}), case(2, "two"), *named]
    (told,) = run(root, "--examples", "--json").json
    assert told["left_out"]["no tenant"] == 3
    (only,) = lines(decided_file(root))
    assert only["visible_to"] == ["acme"]
