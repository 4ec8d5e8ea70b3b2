from __future__ import annotations

import json

import pytest

from processor.core import errors, task
from processor.knowledge import gather
from tests import builders

EXAMPLE = {"id": "e-1", "input": {"text": " Where is it? "}, "answer": {"category": "card", "reason": "Asks."}}
ONLY_FACTS = """
description = "Sort messages."
kind = "classification"

[[retrieval]]
kind = "fact"
query = "{{ input.text }}"
"""


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "tasks" / "sort"
    (folder / "knowledge").mkdir(parents=True)
    (folder / "knowledge" / "cards.md").write_text("# Cards\n\nOne.\n\n## Lost\n\nTwo.\n")
    (folder / "examples.jsonl").write_text(json.dumps(EXAMPLE))
    return tmp_path


def build(**changes):
    return task.build(builders.sources(**changes), (), {})


def test_each_retrieved_kind_becomes_a_collection(root):
    facts, examples = gather.gather(build(), root, "untuned")
    assert (facts.kind, facts.collection) == ("fact", "Untuned_sort_Fact")
    assert [(each.id, each.title, each.text) for each in facts.entries] == [
        ("cards.md#0", "Cards", "One."),
        ("cards.md#1", "Cards > Lost", "Two."),
    ]
    assert (examples.kind, examples.collection) == ("example", "Untuned_sort_Example")
    assert [(each.id, each.answer) for each in examples.entries] == [
        ("examples.jsonl#e-1", json.dumps(EXAMPLE["answer"]))
    ]


def test_an_example_is_searched_by_what_the_query_makes_of_its_input(root):
    definition = builders.DEFINITION.replace(
        'query = "{{ input.text }}"\nalpha = 1.0', 'query = "{{ input.text | upper }}"\nalpha = 1.0'
    )
    _, examples = gather.gather(build(definition=definition), root, "untuned")
    assert examples.entries[0].text == "WHERE IS IT?"
    assert examples.entries[0].input == json.dumps(EXAMPLE["input"])


def test_what_is_not_retrieved_is_not_asked_for(root):
    (root / "tasks" / "sort" / "examples.jsonl").unlink()
    (facts,) = gather.gather(build(definition=ONLY_FACTS), root, "untuned")
    assert facts.kind == "fact"


def test_a_task_that_retrieves_nothing_has_nothing_to_load(root):
    definition = ONLY_FACTS.split("[[retrieval]]", maxsplit=1)[0]
    with pytest.raises(errors.DefinitionError, match=r"tasks/sort/task.toml: has no \[\[retrieval\]\]"):
        gather.gather(build(definition=definition), root, "untuned")


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("knowledge/b.md", "# Only\n\n## Headings\n", "tasks/sort/knowledge/b.md: the document holds headings but"),
        ("examples.jsonl", '{"id": "a", "input": {}, "answer": {}}', "tasks/sort/examples.jsonl:1: the query template"),
        (
            "examples.jsonl",
            '\n{"id": "a", "input": {"text": " "}, "answer": {}}',
            "tasks/sort/examples.jsonl:2: the qu",
        ),
    ],
)
def test_a_broken_file_is_named(root, path, content, message):
    (root / "tasks" / "sort" / path).write_text(content)
    with pytest.raises(errors.DefinitionError) as caught:
        gather.gather(build(), root, "untuned")
    assert str(caught.value).startswith(message)
