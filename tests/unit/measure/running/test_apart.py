"""A case never finds itself among the labelled examples."""

from __future__ import annotations

import json

import pytest

from processor.core.records import Event, Query
from processor.measure.running import apart
from tests import builders

EVENT = Event("x1", "sort", {"text": "Where is my  Card?", "lines": [{"n": 1, "what": "ﬁle"}]})


def example(ident, given, **changes):
    return builders.passage(ident, "example", input=json.dumps(given), **changes)


@pytest.mark.parametrize(
    ("passage", "own"),
    [
        (example("examples.jsonl#x1", {"text": "Where is my [redacted]?", "lines": [{"n": 1, "what": "FILE"}]}), True),
        (example("examples.jsonl#x10", {"text": "Where is my [cut]?", "lines": [{"n": 1, "what": "FILE"}]}), False),
        (example("examples.jsonl#x1", {"text": "My invoice is wrong", "lines": [{"n": 4, "what": "sum"}]}), False),
        (example("examples.jsonl#x1", {"text": "", "lines": []}), False),
        (example("examples.jsonl#y", {"text": "where is\nmy card? ", "lines": [{"what": "FILE", "n": 1}]}), True),
        (example("examples.jsonl#y", {"text": "Where is my card?", "lines": [{"what": "file", "n": 2}]}), False),
        (example("examples.jsonl#y", {"text": "Where is my card?"}), False),
        (builders.passage("x1.md#x1"), False),
    ],
)
def test_an_example_is_the_case_by_input_or_by_id_with_most_of_its_words(passage, own):
    assert apart.is_own(EVENT, passage) is own
    assert apart.without(EVENT, [passage]) == (() if own else (passage,))


@pytest.mark.parametrize(("words", "own"), [("one two", True), ("one", False), ("one two five", False)])
def test_half_of_all_words_make_the_same_id_the_same_case(words, own):
    event = Event("1", "sort", {"text": "one two three four"})
    assert apart.is_own(event, example("examples.jsonl#1", {"text": words})) is own


def query(kind, top_k):
    return Query(kind, "C", "text", 1.0, top_k, name=kind)


def test_only_examples_are_asked_for_once_more():
    assert [apart.wider(query(kind, 3), 2).top_k for kind in ("fact", "example")] == [3, 5]


def test_the_next_one_comes_in_its_place():
    own = example("examples.jsonl#y", EVENT.input, content_hash="own")
    others = [example(f"examples.jsonl#{n}", {"text": n}, content_hash=n) for n in "abcd"]
    facts = [builders.passage(f"f{n}", content_hash=f"f{n}") for n in range(3)]
    queries = (query("fact", 2), query("example", 3), query("example", 2))
    found = apart.join(EVENT, queries, [facts, [others[0], own, *others[1:]], [others[1], own, others[3]]])
    assert [each.id for each in found] == ["f0", "f1", "f2", *(f"examples.jsonl#{n}" for n in "abcd")]
