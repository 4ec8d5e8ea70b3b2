from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.lookup import collections

PREFIXES = st.from_regex(r"[A-Za-z0-9._-]{1,200}", fullmatch=True)
TASKS = st.from_regex(r"[A-Za-z0-9_-]{1,100}", fullmatch=True)
KINDS = st.sampled_from(["fact", "example"])
ARGUMENTS = st.tuples(PREFIXES, TASKS, KINDS)


@pytest.mark.parametrize(
    ("prefix", "task", "kind", "expected"),
    [
        ("untuned", "ticket-triage", "fact", "Untuned_ticket_triage_Fact"),
        ("untuned", "ticket-triage", "example", "Untuned_ticket_triage_Example"),
        ("t1", "a", "fact", "T1_a_Fact"),
    ],
)
def test_a_plain_name_reads_like_its_arguments(prefix, task, kind, expected):
    assert collections.name(prefix, task, kind) == expected


@given(ARGUMENTS)
def test_every_name_is_a_valid_class_name(arguments):
    assert re.fullmatch(r"[A-Z][_0-9A-Za-z]{0,230}", collections.name(*arguments))


@given(ARGUMENTS, ARGUMENTS)
def test_different_arguments_give_different_names(one, other):
    same = collections.name(*one).casefold() == collections.name(*other).casefold()
    assert same == (one == other)


@pytest.mark.parametrize(
    "pair",
    [
        (("a", "b-c"), ("a", "b_c")),
        (("a-b", "c"), ("a", "b-c")),
        (("a.b", "c"), ("a-b", "c")),
        (("Untuned", "x"), ("untuned", "x")),
        (("a", "x" * 90), ("a", "x" * 91)),
    ],
)
def test_names_that_look_alike_stay_apart(pair):
    (prefix, task), (other_prefix, other_task) = pair
    one = collections.name(prefix, task, "fact")
    assert one.casefold() != collections.name(other_prefix, other_task, "fact").casefold()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  where is it?\n", "where is it?"),
        ("", ""),
        ("half \ud83d of one", "half ? of one"),
        ("é" * 5000, "é" * collections.SEARCHED_CHARACTERS),
    ],
)
def test_searched_text_is_bounded_and_encodable(text, expected):
    assert collections.searched(text) == expected


def test_a_description_says_what_the_vectors_were_made_with():
    vectors = collections.Vectors("all-minilm-l6-v2", 384)
    assert collections.described(vectors.describe()) == vectors
    assert collections.described('{"embedding_model": "a", "dimensions": 3}') == collections.Vectors("a", 3, layout=1)


@pytest.mark.parametrize(
    "text",
    [None, "", "someone else's", "[]", "{}", '{"embedding_model": "a", "dimensions": "x"}'],
)
def test_a_foreign_description_says_nothing(text):
    assert collections.described(text) is None


@pytest.mark.parametrize(
    ("source", "patterns", "expected"),
    [
        ("a.csv", ["a.csv"], True),
        ("deep/a.csv", ["*.csv"], True),
        ("deep/a.csv", ["deep/?.csv"], True),
        ("axcsv", ["a.csv"], False),
        ("a.csv", ["A.csv"], False),
        ("a.csv.bak", ["*.csv"], False),
        ("a.csv", ["b.csv", "a*"], True),
        ("a[1].csv", ["a[1].csv"], True),
        ("a.csv", [], False),
    ],
)
def test_files_are_named_by_patterns(source, patterns, expected):
    assert collections.matches(source, patterns) == expected
