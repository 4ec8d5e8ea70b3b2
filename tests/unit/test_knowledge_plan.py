from __future__ import annotations

from dataclasses import replace

import pytest

from processor.core.lookup import entry
from processor.knowledge import plan

ONE = entry.fact("a.md", 0, "Returns", "Thirty days.")
TWO = entry.fact("a.md", 1, "Returns", "Free of charge.")
EXAMPLE = entry.example("examples.jsonl", "t-1", {"text": "Où est-il ?"}, {"category": "delivery"}, "Où est-il ?")
STORED = {ONE.id: ONE.version, TWO.id: TWO.version}


def test_ids_say_where_an_entry_comes_from():
    assert [ONE.id, TWO.id, EXAMPLE.id] == ["a.md#0", "a.md#1", "examples.jsonl#t-1"]


def test_the_vector_of_a_fact_is_of_title_and_text_and_of_an_example_of_its_text():
    assert ONE.embedded == "Returns\nThirty days."
    assert EXAMPLE.embedded == "Où est-il ?"


def test_an_example_carries_input_and_answer_as_readable_json():
    assert (EXAMPLE.input, EXAMPLE.answer) == ('{"text": "Où est-il ?"}', '{"category": "delivery"}')


@pytest.mark.parametrize("change", [{"title": "x"}, {"text": "x"}, {"input": "{}"}, {"answer": "{}"}])
def test_the_hash_is_over_everything_that_the_model_may_see(change):
    assert len(ONE.content_hash) == 16
    assert replace(ONE, **change).content_hash != ONE.content_hash


@pytest.mark.parametrize("change", [{"text": "x"}, {"visible_to": ("a",)}, {"columns": {"a": "b"}}, {"source": "b.md"}])
def test_the_version_is_over_everything_that_is_stored(change):
    assert replace(ONE, **change).version != ONE.version


def test_the_hash_is_not_over_where_it_stands():
    assert replace(ONE, id="b.md#4", source="b.md", position=4).content_hash == ONE.content_hash


@pytest.mark.parametrize(
    ("wanted", "stored", "expected"),
    [
        ((ONE, TWO), {}, plan.Plan(add=(ONE, TWO), replace=(), delete=(), unchanged=0)),
        ((ONE, TWO), STORED, plan.Plan(add=(), replace=(), delete=(), unchanged=2)),
        ((ONE, TWO), {**STORED, TWO.id: "old"}, plan.Plan(add=(), replace=(TWO,), delete=(), unchanged=1)),
        ((ONE,), STORED, plan.Plan(add=(), replace=(), delete=("a.md#1",), unchanged=1)),
        ((), STORED, plan.Plan(add=(), replace=(), delete=("a.md#0", "a.md#1"), unchanged=0)),
        ((TWO, EXAMPLE), {ONE.id: "x", TWO.id: "x"}, plan.Plan((EXAMPLE,), (TWO,), ("a.md#0",), 0)),
    ],
)
def test_diff(wanted, stored, expected):
    assert plan.diff(wanted, stored) == expected
