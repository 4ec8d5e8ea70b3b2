"""The content of ticket-triage: labels, handbook, rules and prompts agree with each other."""

from __future__ import annotations

import collections
import functools
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from processor.adapters.project import Project
from processor.core import errors
from processor.core.prompting import prompt
from processor.core.records import Violation
from tests import applied, builders

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tasks/ticket-triage"
FILES = {"examples": "answer", "cases": "expected", "demo": "expected"}
ALIKE = 0.8

FINE: dict[str, Any] = {
    "reason": "Asks about an order.",
    "category": "order",
    "urgency": "normal",
    "needs_person": False,
}


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


def labels(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Id, text and label of each labelled message."""
    rows = (row for row in read(name) if row.get(FILES[name]))
    return [(row["id"], row["input"]["text"], row[FILES[name]]) for row in rows]


def texts(name: str) -> list[str]:
    return [row["input"]["text"] for row in read(name) if "input" in row]


@functools.cache
def the_task():
    return Project(ROOT).load("ticket-triage")


def symbols(field: str) -> list[str]:
    schema = json.loads((ROOT / "schemas/ticket-triage.avsc").read_text())
    return next(each["type"]["symbols"] for each in schema["fields"] if each["name"] == field)


def fired(text: str, answer: dict[str, Any]) -> dict[str, Violation]:
    return applied.fired(the_task(), {"text": text}, answer)


@pytest.mark.parametrize(("name", "least", "most"), [("examples", 100, 150), ("cases", 120, 200), ("demo", 64, 70)])
def test_there_are_as_many_messages_as_promised(name, least, most):
    assert least <= len(read(name)) <= most


@pytest.mark.parametrize("name", FILES)
def test_labels_are_of_the_contract(name):
    for id_, _, label in labels(name):
        assert label["category"] in symbols("category"), id_
        assert label["urgency"] in symbols("urgency"), id_
        assert isinstance(label["needs_person"], bool), id_


def test_examples_are_in_the_contracts_order():
    order = [each["name"] for each in json.loads((ROOT / "schemas/ticket-triage.avsc").read_text())["fields"]]
    for id_, _, answer in labels("examples"):
        assert list(answer) == order, id_


def test_every_case_has_all_that_can_be_labelled():
    for id_, _, label in labels("cases"):
        assert set(label) == {"category", "urgency", "needs_person"}, id_


@pytest.mark.parametrize("name", ["examples", "cases"])
def test_every_category_and_urgency_is_covered(name):
    found = [label for _, _, label in labels(name)]
    for field in ("category", "urgency"):
        counts = collections.Counter(label[field] for label in found)
        assert min(counts[symbol] for symbol in symbols(field)) >= 3


def test_ids_are_unique():
    ids = [row["id"] for name in FILES for row in read(name) if "id" in row]
    assert len(ids) == len(set(ids))


def test_no_two_messages_are_alike():
    words = [(text, frozenset(re.findall(r"\w+", text.casefold()))) for name in FILES for text in texts(name)]
    for (one, left), (other, right) in itertools.combinations(words, 2):
        shared = len(left & right) / max(1, len(left | right))
        assert shared < ALIKE or not left, f"{one[:80]!r} and {other[:80]!r}"


def test_the_demo_holds_what_is_hostile():
    rows = read("demo")
    raw = [row["raw"] for row in rows if "raw" in row]
    assert raw
    for text in raw:
        with pytest.raises(ValueError, match="line 1"):
            json.loads(text)
    assert all(row["note"] for row in rows)
    sent = texts("demo")
    assert "" in sent
    assert 30_000 <= max(map(len, sent)) <= 60_000
    assert any(text and not re.search(r"\w", text) for text in sent)
    for part in ("<script", "=HYPERLINK(", "<|im_start|>", "\u202e", "\x1b["):
        assert any(part in text for text in sent), part
    assert sum("orders_to_the_system" in fired(text, FINE) for text in sent) >= 4


def test_no_rule_but_the_one_for_hostile_messages_contradicts_a_label_of_the_demo():
    for id_, text, label in labels("demo"):
        assert set(fired(text, {"reason": FINE["reason"], **label})) <= {"orders_to_the_system"}, id_


def test_rules_say_why_they_are_there():
    for rule in the_task().rules:
        assert len(rule.description.split()) >= 8, rule.name


@pytest.mark.parametrize("path", sorted((FOLDER / "knowledge").glob("*.md")), ids=lambda path: path.name)
def test_handbook_pages_have_headings_and_a_readable_length(path):
    page = path.read_text()
    assert page.startswith("# ")
    assert page.count("\n## ") >= 2
    assert 150 <= len(page.split()) <= 500


@pytest.mark.parametrize("category", symbols("category"))
def test_the_handbook_and_the_prompt_know_every_category(category):
    handbook = "".join(path.read_text() for path in (FOLDER / "knowledge").glob("*.md"))
    assert f"`{category}`" in handbook
    assert f"- {category}: " in (FOLDER / "prompt.md").read_text()


def test_the_stricter_prompt_says_what_must_hold_and_does_not_tempt_to_copy_the_previous_answer():
    wrong = Violation("$.needs_person", "people_decide", "A person must see it.", "false", "true")
    tried = builders.an_attempt(answer='{"reason": "Asks about the weather."}', violations=(wrong,))
    last = prompt.render(the_task(), builders.work("He was rude.", len(the_task().definition.step), (tried,)), ())
    assert "needs_person must be true. A person must see it." in last.messages[-1].content
    assert "weather" not in last.messages[-1].content


def test_a_usual_message_makes_a_short_prompt_and_the_huge_one_is_refused():
    facts = tuple(builders.passage(f"f{i}", text="x" * 400) for i in range(3))
    made = prompt.render(the_task(), builders.work(texts("cases")[0], 2), facts)
    assert sum(len(turn.content) for turn in made.messages) < 1500 * 4
    with pytest.raises(errors.Refused, match=r"budget\.input_tokens"):
        prompt.render(the_task(), builders.work(max(texts("demo"), key=len), 2), ())
