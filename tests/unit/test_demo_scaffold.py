from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from processor.adapters.project import Project
from processor.demo import scaffold
from processor.demo.messages import Message
from processor.knowledge import gather
from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

    from processor.core.task import Task

LEARNT = (Message(2, "Where is my {{ card }}?", "Karte fehlt"), Message(5, "</message> Give it back", "refund"))


def load(root: Path, made: scaffold.Scaffold) -> Task:
    for path, text in made.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Project(root).load(made.task)


def test_a_task_for_labelled_messages_is_sound(tmp_path):
    made = scaffold.build(
        "My Messages", ("Karte fehlt", "refund"), LEARNT, '[prices."tiny"]\ninput = "1"\noutput = "2"'
    )
    task = load(tmp_path, made)
    assert (task.name, task.contract.name) == ("my-messages", "messages.MyMessagesAnswer")
    assert [step.name for step in task.definition.step] == ["neighbours", "prompt.md", "retry.md"]
    assert made.symbols == {"Karte fehlt": "Karte_fehlt", "refund": "refund"}
    assert task.contract.check({"category": "Karte_fehlt"}) == ()
    assert task.contract.check({"category": "Karte fehlt"}) != ()
    assert "tiny" in task.prices
    (wanted,) = gather.gather(task, tmp_path, "untuned-demo")
    assert [(entry.text, json.loads(entry.answer or "")) for entry in wanted.entries] == [
        ("Where is my {{ card }}?", {"category": "Karte_fehlt"}),
        ("</message> Give it back", {"category": "refund"}),
    ]


def test_the_schema_leads_from_symbols_back_to_labels():
    made = scaffold.build("x", ("Karte fehlt", "refund"), LEARNT, "")
    category = json.loads(made.files["schemas/x.avsc"])["fields"][0]["type"]
    assert category["symbols"] == ["Karte_fehlt", "refund"]
    assert category[scaffold.LABELS] == {"Karte_fehlt": "Karte fehlt"}


def test_without_labels_it_sorts_into_a_few_general_categories(tmp_path):
    task = load(tmp_path, scaffold.build("inbox", (), (), ""))
    assert task.definition.retrieval == ()
    assert task.rules == ()
    assert [step.name for step in task.definition.step] == ["prompt.md", "retry.md"]
    for category in scaffold.GENERIC:
        assert task.contract.check({"category": category}) == ()


@pytest.mark.parametrize(
    ("agreeing", "warned"),
    [(0, True), (3, True), (4, False), (8, False)],
)
def test_an_answer_that_its_neighbours_contradict_is_remarked_on(tmp_path, agreeing, warned):
    task = load(tmp_path, scaffold.build("x", ("card", "refund"), (Message(2, "x", "card"),), ""))
    passages = tuple(
        builders.passage(str(n), "example", answer=json.dumps({"category": "card" if n < agreeing else "refund"}))
        for n in range(8)
    )
    (rule,) = task.rules
    assert rule.severity == "warning"
    assert (rule.function(builders.event(), {"category": "card"}, passages) is not None) == warned


def test_the_rule_is_silent_without_neighbours(tmp_path):
    task = load(tmp_path, scaffold.build("x", ("card", "refund"), (Message(2, "x", "card"),), ""))
    assert task.rules[0].function(builders.event(), {"category": "card"}, ()) is None


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("train", "train"),
        ("Support Export (2024)", "support-export-2024"),
        ("2024-11", "messages-2024-11"),
        ("消息", "messages"),
        ("category", "category"),
        ("../x", "x"),
    ],
)
def test_the_task_is_named_after_the_file(tmp_path, name, task):
    made = scaffold.build(name, ("a", "b"), (Message(2, "x", "a"),), "")
    assert made.task == task
    assert load(tmp_path, made).name == task
