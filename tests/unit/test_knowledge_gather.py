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
    return task.build(builders.sources(**changes), ())


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


def test_examples_stand_in_several_files_with_ids_unique_over_all(root):
    other = root / "tasks/sort/examples.decided.jsonl"
    other.write_text("\n" + json.dumps({**EXAMPLE, "id": "e-2"}))
    _, examples = gather.gather(build(), root, "untuned")
    found = [(each.id, each.source) for each in examples.entries]
    assert found == [("examples.jsonl#e-1", "examples.jsonl"), ("examples.decided.jsonl#e-2", "examples.decided.jsonl")]
    other.write_text(json.dumps(EXAMPLE))
    with pytest.raises(errors.DefinitionError, match=r"decided\.jsonl:1: .*'e-1' stands on line 1 of examples"):
        gather.gather(build(), root, "untuned")


def test_what_was_decided_is_enough(root):
    (root / "tasks/sort/examples.jsonl").rename(root / "tasks/sort/examples.decided.jsonl")
    _, examples = gather.gather(build(), root, "untuned")
    assert [each.source for each in examples.entries] == ["examples.decided.jsonl"]


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
        ("knowledge/b.md", "# Only\n\n## Headings\n", "tasks/sort/knowledge/b.md: holds no text"),
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


def test_rows_and_front_matter_become_columns(root):
    folder = root / "tasks" / "sort" / "knowledge"
    (folder / "cards.md").write_text("---\nregion: EU\n---\n# Cards\n\nOne.\n")
    (folder / "fees.csv").write_text("card,fee\ngold,10\nblue,\n")
    facts, _ = gather.gather(build(), root, "untuned")
    assert [(each.id, each.text, each.columns) for each in facts.entries] == [
        ("cards.md#0", "One.", {"region": "EU"}),
        ("fees.csv#0", "card: gold; fee: 10", {"card": "gold", "fee": "10"}),
        ("fees.csv#1", "card: blue", {"card": "blue", "fee": ""}),
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('files = ["card.md"]', "tasks/sort/task.toml: files: no document is 'card.md'"),
        ('filters = { regoin = "EU" }', "tasks/sort/task.toml: filters: nothing that `fact` searches has the property"),
    ],
)
def test_what_no_file_holds_is_told(root, more, message):
    with pytest.raises(errors.DefinitionError) as caught:
        gather.gather(build(definition=f"{ONLY_FACTS}\n{more}"), root, "untuned")
    assert str(caught.value).startswith(message)


def test_files_and_filters_that_are_there_are_right(root):
    definition = f'{ONLY_FACTS}\nfiles = ["*.md"]\nfilters = {{ title = "Cards", source = "cards.md" }}'
    (facts,) = gather.gather(build(definition=definition), root, "untuned")
    assert len(facts.entries) == 2


VISIBLE = '[visibility]\nattribute = "tenant"\n'


@pytest.mark.parametrize(
    ("definition", "name", "content", "message"),
    [
        (VISIBLE, "b.md", "Text.", "tasks/sort/knowledge/b.md: does not say who may see it"),
        (VISIBLE, "b.csv", "a,visible_to\n1,*\n2,\n", "tasks/sort/knowledge/b.csv:3: does not say who may see it"),
        ("", "b.csv", "a,visible_to\n1,*\n", "tasks/sort/knowledge/b.csv:2: says `visible_to`, but task.toml has no"),
    ],
)
def test_who_may_see_it_is_said_where_the_task_asks_and_only_there(root, definition, name, content, message):
    folder = root / "tasks" / "sort" / "knowledge"
    if definition:
        (folder / "cards.md").write_text('---\nvisible_to: "*"\n---\nOne.\n')
    (folder / name).write_text(content)
    with pytest.raises(errors.DefinitionError) as caught:
        gather.gather(build(definition=ONLY_FACTS + definition), root, "untuned")
    assert str(caught.value).startswith(message)


def test_passages_carry_who_may_see_them(root):
    folder = root / "tasks" / "sort"
    (folder / "knowledge" / "cards.md").write_text("---\nvisible_to: [acme, beta]\n---\nOne.\n")
    (folder / "examples.jsonl").write_text(json.dumps({**EXAMPLE, "visible_to": "*"}))
    facts, examples = gather.gather(build(definition=builders.DEFINITION + VISIBLE), root, "untuned")
    assert facts.entries[0].visible_to == ("acme", "beta")
    assert "visible_to" not in facts.entries[0].columns
    assert examples.entries[0].visible_to == ("*",)
